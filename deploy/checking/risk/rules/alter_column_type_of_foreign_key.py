"""ALTER COLUMN TYPE on a column of a foreign key (high).

PostgreSQL rewrites the table and then checks the foreign key again: it locks the table on the other side for all
other sessions as well, and reads both.

Who waits: every reader and writer of both tables, for as long as one is rewritten and both are read.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.rules.reading.work import may_rewrite, other_locks
from deploy.checking.risk.safe_forms import expand_contract
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AlterColumnType
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The other table is locked, and the key is checked again."""
    for command, table in circumstances.commands(statement, AlterColumnType):
        others = {lock.relation for lock in other_locks(statement, circumstances)} | _linked(
            table, command.name, circumstances
        )
        others -= set(known.partitions(circumstances, table))
        if others and may_rewrite(circumstances):
            told = ", ".join(sorted(others))
            yield Danger(
                RiskLevel.HIGH,
                f"a foreign key ties {table}.{command.name} to {told}: both sides are locked for all other sessions, "
                "and every row is checked again",
                breaks_older_code=True,
                table=min(others),
                safe_form=expand_contract.change_type(
                    table,
                    command.name,
                    command.column_type.sql,
                ),
            )


def _linked(table: str, column: str, circumstances: Circumstances) -> set[str]:
    """Tables on the other side of a foreign key on this column."""
    found = known.column(circumstances, table, column)
    if found is None:
        return set()
    own = {c.target.shown for c in found.table.foreign_keys() if found in c.columns and c.target is not None}
    return own | {c.table.shown for c in found.table.referenced_by if found in c.target_columns}


RULE = Rule("alter_column_type_of_foreign_key", check)
