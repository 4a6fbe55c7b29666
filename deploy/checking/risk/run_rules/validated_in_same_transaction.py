"""NOT VALID and VALIDATE in one transaction (high).

VALIDATE alone blocks no session. In the transaction that added the constraint the lock of ADD CONSTRAINT is still
held, so every row is read under the lock that NOT VALID was to avoid.

Who waits: every reader and writer of the table, for as long as all of its rows are read; for a foreign key, the
writers of both tables.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, read_statements
from deploy.checking.statements.commands import AddConstraint, ValidateConstraint
from deploy.checking.statements.views import AlterTable
from deploy.model.risk import RiskLevel


def check(view: RevisionView) -> Iterator[Told]:
    """By the constraint's name."""
    for transaction in view.transactions():
        added: set[tuple[str, str]] = set()
        for item in transaction:
            for statement in read_statements(item.sql):
                for kind, table, name in _constraint_steps(statement):
                    if kind == "add":
                        added.add((table, name))
                    elif (table, name) in added and not view.present.is_new(table):
                        says = (
                            f"{name} is validated in the transaction that added it: {table} is scanned under its lock"
                        )
                        yield Danger(
                            RiskLevel.HIGH, says, table=table, safe_form=tables.then_validate(table, name)
                        ), item


def _constraint_steps(statement: Statement) -> Iterator[tuple[str, str, str]]:
    altered = statement.view
    if not isinstance(altered, AlterTable):
        return
    for command in altered.commands:
        if isinstance(command, AddConstraint) and command.constraint.is_not_valid:
            yield "add", altered.table, command.constraint.name
        elif isinstance(command, ValidateConstraint):
            yield "validate", altered.table, command.name


RULE = RunRule("validated_in_same_transaction", check)
