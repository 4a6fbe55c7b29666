"""Something goes that the statement does not name (very high for tables and columns, otherwise high).

CASCADE, a dropped type or a dropped extension take with them whatever depends on them. PostgreSQL's own list of what
went is told here, as it was measured or worked out from the schema.

Who waits: every reader and writer of the tables that lose something, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import is_named, named_tables, told
from deploy.checking.risk.safe_forms.drops import drop_sqls, named_drops
from deploy.checking.statements import Statement
from deploy.checking.statements.rewriting import restricted
from deploy.checking.statements.views import AlterTable
from deploy.model.effects import Drop
from deploy.model.risk import RiskLevel

OF_TABLES = frozenset({"table constraint", "trigger", "policy", "rule", "default value"})
ROWS = frozenset({"table", "table column", "materialized view", "foreign table"})
OTHERS = frozenset({"view", "table constraint", "trigger", "function", "default value", "policy", "rule"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Parts of what the statement names are not told: they go with it, of course."""
    if not circumstances.effects:
        return
    named = named_tables(statement)
    lost = [
        d
        for d in circumstances.effects.drops
        if d.is_by_cascade and d.kind in ROWS and not _is_part(d.identity, named, d.kind)
    ]
    others = [
        d
        for d in circumstances.effects.drops
        if d.is_by_cascade and d.kind in OTHERS and not _is_part(d.identity, named, d.kind)
    ]
    if lost:
        names = ", ".join(told(d) for d in lost)
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"drops without naming it: {names}",
            breaks_older_code=True,
            table=_table_of(lost[0].identity, lost[0].kind),
            loses=names,
            safe_form=named_drops(drop_sqls(lost), restricted(statement)),
        )
    others = [d for d in others if not _goes_with(d, lost)]
    is_told = isinstance(statement.view, AlterTable)  # by drop_column_cascade and drop_constraint_cascade
    if others and statement.is_cascade and not is_told:
        yield Danger(
            RiskLevel.HIGH,
            f"drops without naming it: {', '.join(told(d) for d in others)}",
            breaks_older_code=True,
            table=_table_of(others[0].identity, others[0].kind) if others[0].kind in OF_TABLES else "",
            safe_form=named_drops(drop_sqls(others), restricted(statement)),
        )


def _goes_with(other: Drop, lost: Sequence[Drop]) -> bool:
    """A default or a NOT NULL of a column that is told already."""
    columns = {d.identity for d in lost if d.kind == "table column"}
    if other.kind == "default value":
        return other.identity.removeprefix("for ") in columns
    name, _, table = other.identity.replace('"', "").partition(" on ")
    bare = [column.replace('"', "").rpartition(".") for column in columns]
    return other.kind == "table constraint" and any(
        owner == table and name.endswith(f"_{column}_not_null") for owner, _, column in bare
    )


def _table_of(identity: str, kind: str) -> str:
    name = identity.rpartition(" on ")[2].removeprefix("for ").replace('"', "").removeprefix("public.")
    return name.rpartition(".")[0] if kind in {"table column", "default value"} else name


def _is_part(identity: str, named: frozenset[str], kind: str) -> bool:
    table = _table_of(identity, kind)
    schema = table.partition(".")[0] if "." in table else ""
    return is_named(table, named) or (bool(schema) and schema in named)  # DROP SCHEMA


RULE = Rule("dropped_by_cascade", check)
