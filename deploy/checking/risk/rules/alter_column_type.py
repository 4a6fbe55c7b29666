"""ALTER COLUMN TYPE (high).

Most changes rewrite the whole table and all of its indexes under a lock that blocks readers too. Only changes that
keep each stored value as it is are free: a longer varchar, varchar to text, numeric with more digits. Even then
indexes over expressions and CHECKs of the column are worked through again. The statement fails where a view, a
generated column or a trigger uses the column. Pooled connections of the running release may fail on their prepared
queries.

Who waits: every reader and writer of the table; for as long as it is rewritten, where it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import may_rewrite, may_scan, rewrites
from deploy.checking.risk.safe_forms import expand_contract, tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.commands import AlterColumnType
from deploy.checking.statements.values import Expression
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Most changes rewrite the table and its indexes under a lock that blocks readers too."""
    for command, table in circumstances.commands(statement, AlterColumnType):
        written = command.column_type.sql or "another type"
        yield Danger(
            RiskLevel.HIGH,
            f"changes the type of {table}.{command.name} to {written}: {_work(table, circumstances)}",
            breaks_older_code=True,
            table=table,
            safe_form=_safe_form(
                table, command.name, written, command.using, statement, circumstances
            ),
        )


def _work(table: str, circumstances: Circumstances) -> str:
    if not may_rewrite(circumstances):
        scan = "but every row is read under the lock" if may_scan(circumstances) else "the lock is held for an instant"
        return f"{table} is not rewritten, {scan}; prepared queries of older code may fail once"
    if rewrites(circumstances):
        return f"rewrites {table} and all its indexes while no other session can read or write it"
    return "a rewrite under an exclusive lock unless the types are compatible"


def _safe_form(
    table: str, column: str, written: str, using: Expression | None, statement: Statement, circumstances: Circumstances
) -> str:
    """Where nothing is rewritten, the same alone; otherwise a second column."""
    if not may_rewrite(circumstances):
        return tables.alone(statement_sql(statement))
    return expand_contract.change_type(table, column, written, using)


RULE = Rule("alter_column_type", check)
