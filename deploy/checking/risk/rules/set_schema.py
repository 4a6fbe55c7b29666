"""SET SCHEMA (high).

Instant for PostgreSQL, fatal for the running release: every query that finds the table by its old name fails from
COMMIT on. A view under the old name takes its reads and writes until that release is gone.

Who waits: every reader and writer of the table for an instant; then the old code fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import expand_contract, tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.objects import SetSchema
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Code that still looks in the old schema fails at once."""
    moved = statement.view
    if not isinstance(moved, SetSchema):
        return
    old, new, word = moved.name if moved.relation is not None else "", moved.new_schema, moved.word
    if old and circumstances.is_new(old):
        return
    name = moved.name or "an object"
    form = tables.later(statement_sql(statement), f"the {word} in its old schema")
    if moved.relation is not None and word == "table":
        form = expand_contract.rename_relation(
            old, f"{new}.{moved.relation.name}", statement_sql(statement)
        )
    yield Danger(
        RiskLevel.HIGH,
        f"moves the {word} {name} to the schema {new} under running code",
        breaks_older_code=True,
        table=old if word == "table" else "",
        safe_form=form,
    )


RULE = Rule("set_schema", check)
