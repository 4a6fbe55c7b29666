"""ADD COLUMN whose default is computed separately for each row (high).

A constant default, or one that is the same for the whole statement such as now(), is only noted in the catalog. A
volatile one (gen_random_uuid(), clock_timestamp(), nextval(), most functions of your own) differs from row to row, so
PostgreSQL rewrites the whole table and all of its indexes.

Who waits: every reader and writer of the table, for as long as it is rewritten. It needs the table's size on disk
a second time.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import may_rewrite
from deploy.checking.risk.safe_forms import columns
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddColumn
from deploy.checking.statements.constraints import Default, Generated
from deploy.model.risk import RiskLevel

# Evaluated once for all rows, so PostgreSQL 11 and later only notes the value. Others may be volatile.
STABLE_FUNCTIONS = frozenset(
    {
        "now",
        "transaction_timestamp",
        "statement_timestamp",
        "timezone",
        "date_trunc",
        "to_char",
        "make_interval",
        "concat",
        "lower",
        "upper",
        "md5",
        "current_setting",
        "jsonb_build_object",
        "jsonb_build_array",
        "json_build_object",
        "json_build_array",
    }
)


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The table and all its indexes are rewritten under an exclusive lock."""
    for command, table in circumstances.commands(statement, AddColumn):
        column = command.column
        calls = column.calls - STABLE_FUNCTIONS
        if calls and column.has(Default) and not column.has(Generated) and may_rewrite(circumstances):
            yield Danger(
                RiskLevel.HIGH,
                f"{table}.{column.name} rewrites {table} under an exclusive lock: its default calls "
                f"{', '.join(sorted(calls))} for each row",
                table=table,
                safe_form=columns.default_afterwards(statement, command, table, circumstances.server_major),
            )


RULE = Rule("add_column_volatile_default", check)
