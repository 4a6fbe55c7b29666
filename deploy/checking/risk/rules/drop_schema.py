"""DROP SCHEMA (very high).

With CASCADE, every table, view and function in it goes, and nothing in the statement says what. Drop them by name,
each in the release that no longer uses it.

Who waits: every reader and writer of all tables in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.rules.reading.work import drops
from deploy.checking.risk.safe_forms import objects
from deploy.checking.risk.safe_forms.drops import drop_sqls
from deploy.checking.statements import Statement
from deploy.checking.statements.views import DropObjects
from deploy.model.effects import Drop
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Nothing in the statement says what goes with it."""
    dropped = statement.view
    if isinstance(dropped, DropObjects) and dropped.kind == "OBJECT_SCHEMA":
        names = ", ".join(dropped.names)
        told = ", ".join(
            f"{name}.{table}" for name in dropped.names for table in known.tables_in(circumstances, name)
        )
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"drops the schema {names} with all that is in it",
            breaks_older_code=True,
            loses=f"every table in {names}" + (f": {told}" if told else ""),
            safe_form=objects.drop_schema_later(
                {name: known.tables_in(circumstances, name) for name in dropped.names},
                drop_sqls(_outside(circumstances, dropped.names)),
            ),
        )


def _outside(circumstances: Circumstances, names: Sequence[str]) -> list[Drop]:
    """Views and foreign keys of other schemas, which go as well."""
    found = drops(circumstances, "view", "materialized view", "table constraint")
    return [
        drop for drop in found
        if drop.is_by_cascade and drop.identity.rpartition(" on ")[2].partition(".")[0].strip('"') not in names
    ]


RULE = Rule("drop_schema", check)
