"""A column goes and another one comes, in one revision (high).

Autogenerate writes a rename in this way: the old column is dropped with its values, and an empty one is added under
the new name.

Who waits: every reader and writer of the table for an instant; then the values are gone.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.checking.risk.safe_forms import code
from deploy.checking.statements.commands import AddColumn, DropColumn
from deploy.checking.statements.views import AlterTable
from deploy.model.risk import RiskLevel


def check(view: RevisionView) -> Iterator[Told]:
    """By table; the type of the dropped column is looked up in the schema where it is known."""
    dropped: dict[str, list[str]] = {}
    added: dict[str, list[str]] = {}
    for statement in view.parsed:
        altered = statement.view
        if not isinstance(altered, AlterTable):
            continue
        for command in altered.commands:
            if isinstance(command, DropColumn):
                dropped.setdefault(altered.table, []).append(command.name)
            elif isinstance(command, AddColumn) and command.column.column_type.name:
                added.setdefault(altered.table, []).append(command.column.name)
    for table in dropped.keys() & added.keys():
        if not view.present.is_new(table) and len(dropped[table]) == len(added[table]) == 1:
            old, new = dropped[table][0], added[table][0]
            if old != new:
                says = f"drops {table}.{old} and adds {table}.{new}: was a rename meant? the values of {old} are lost"
                form = "# keeps the data; breaks code that runs now\n" + code.patiently(
                    f"op.alter_column({code.text(code.bare(table))}, {code.text(old)}, "
                    f"new_column_name={code.text(new)}{code.place(table)})"
                )
                yield Danger(RiskLevel.HIGH, says, table=table, loses=f"the values of {old}", safe_form=form), None


RULE = RunRule("possible_rename", check)
