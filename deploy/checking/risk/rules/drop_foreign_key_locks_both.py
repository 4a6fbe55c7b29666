"""DROP CONSTRAINT of a foreign key (medium).

The triggers of a foreign key sit on both tables, so PostgreSQL takes ACCESS EXCLUSIVE on both. In a transaction that
locks other tables as well, plain readers of the two can deadlock with the migration.

Who waits: every reader and writer of both tables, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.rules.reading.work import other_locks
from deploy.checking.risk.safe_forms import constraints
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import DropConstraint
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """By the schema or the locks; otherwise by the name that Alembic and PostgreSQL give."""
    for command, table in circumstances.commands(statement, DropConstraint):
        found = known.constraint(circumstances, table, command.name)
        others = {lock.relation for lock in other_locks(statement, circumstances)} - set(
            known.partitions(circumstances, table)
        )
        is_foreign = found is not None and found.kind == "foreign"
        if found is not None and is_foreign and found.target is not None:
            others.add(found.target.shown)
        if is_foreign or others or (found is None and _sounds_foreign(command.name)):
            told = ", ".join(sorted(others)) or "the table it refers to"
            yield Danger(
                RiskLevel.MEDIUM,
                f"{command.name} is a foreign key: locks {told} as well as {table} for all other sessions, until "
                "COMMIT",
                table=min(others, default=table),
                safe_form=constraints.drop_patiently(table, command.name),
            )


def _sounds_foreign(name: str) -> bool:
    return name.startswith("fk_") or name.endswith(("_fkey", "_fk"))


RULE = Rule("drop_foreign_key_locks_both", check)
