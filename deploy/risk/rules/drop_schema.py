"""DROP SCHEMA (very high).

With CASCADE, every table, view and function in it goes, and nothing in the statement says what. Drop them by name,
each in the release that no longer uses it.

Who waits: every reader and writer of all tables in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.rules.reading import known
from deploy.risk.rules.reading.words import dropped_objects
from deploy.risk.safe_forms import objects
from deploy.risk.statements import Statement, choice


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Nothing in the statement says what goes with it."""
    if statement.kind == "drop_stmt" and choice(statement.node, "remove_type") == "OBJECT_SCHEMA":
        names = ", ".join(dropped_objects(statement))
        told = ", ".join(
            f"{name}.{table}" for name in dropped_objects(statement) for table in known.tables_in(circumstances, name)
        )
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"drops the schema {names} with all that is in it",
            breaks_older_code=True,
            loses=f"every table in {names}" + (f": {told}" if told else ""),
            safe_form=objects.drop_schema_later(
                {name: known.tables_in(circumstances, name) for name in dropped_objects(statement)}
            ),
        )


RULE = Rule("drop_schema", check)
