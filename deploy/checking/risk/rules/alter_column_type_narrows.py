"""ALTER COLUMN TYPE to a type that not every value fits into (high; very high where values change silently).

A text that is too long for varchar(n), or a number too large for integer, makes the statement fail in the middle of
the deployment, and only production's rows can tell. numeric with fewer digits, a timestamp to a date and the like do
not fail: they round, and what was cut off is lost.

Who waits: every reader and writer of the table, for as long as it is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known, types
from deploy.checking.risk.rules.reading.words import rows_of
from deploy.checking.risk.safe_forms import expand_contract
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AlterColumnType
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Only the schema tells what the column was before."""
    for command, table in circumstances.commands(statement, AlterColumnType):
        old = types.known_type(known.column(circumstances, table, command.name))
        if old is None:
            continue
        new = types.written_type(command.column_type)
        name, written = f"{table}.{command.name}", command.column_type.sql
        form = expand_contract.change_type(table, command.name, written, command.using)
        if types.may_lose(old, new):
            says = f"{name} as {written} keeps less than before: PostgreSQL rounds or cuts the values without an error"
            loses = f"what does not fit into {written} of {rows_of(circumstances, table)}"
            yield Danger(RiskLevel.VERY_HIGH, says, breaks_older_code=True, table=table, loses=loses, safe_form=form)
        elif types.may_fail(old, new) and not circumstances.is_empty(table):
            says = f"a value of {name} that does not fit into {written} makes the migration fail"
            yield Danger(RiskLevel.HIGH, says, breaks_older_code=True, table=table, safe_form=form)


RULE = Rule("alter_column_type_narrows", check)
