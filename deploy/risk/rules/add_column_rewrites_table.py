"""ADD COLUMN whose value differs from row to row: serial, identity, stored, a volatile default (high)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import SERIAL_TYPES, Statement, default_calls, enum_name, is_virtual, type_name

# Evaluated once for all rows, so PostgreSQL 11 and later only notes the value. Others may be volatile.
STABLE_FUNCTIONS = frozenset({
    "now", "transaction_timestamp", "statement_timestamp", "timezone", "date_trunc", "to_char", "make_interval",
    "concat", "lower", "upper", "md5", "current_setting", "jsonb_build_object", "jsonb_build_array",
    "json_build_object", "json_build_array",
})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The table and all its indexes are written anew under an exclusive lock."""
    for command, table in circumstances.changes(statement, "AT_AddColumn"):
        column = getattr(command, "def").column_def
        kinds = {enum_name(item.constraint, "contype") for item in column.constraints}
        is_stored = "CONSTR_GENERATED" in kinds and not is_virtual(column)
        calls = set() if "CONSTR_GENERATED" in kinds else default_calls(column) - STABLE_FUNCTIONS
        if is_stored or calls or "CONSTR_IDENTITY" in kinds or type_name(column) in SERIAL_TYPES:
            why = f" (its default calls {', '.join(sorted(calls))})" if calls else ""
            yield Danger(RiskLevel.HIGH, f"{table}.{column.colname} rewrites {table} under an exclusive lock{why}")


RULE = Rule("add_column_rewrites_table", check)
