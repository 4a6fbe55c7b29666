"""Restore a backup into a new database beside the live one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.restoring import find_database, is_swapped
from deploy.model.has_doors import HasReporter, HasRestores, HasStop
from deploy.model.planned_step import UndoKind
from deploy.model.restores import COMPARED_MARK, RESTORED_MARK
from deploy.model.steps import Step, StepContext, UndoOutcome


class Doors(HasReporter, HasRestores, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class RestoreDatabase(Step):
    """The live database is not touched; a half filled one is removed and filled again.

    Attributes:
        backup_name, new_name: what, and into which database.
        has_owner: owners and rights are restored too.
        database_name, old_name: see is_swapped.
    """

    name: Literal["restore-database"] = "restore-database"
    undo_kind: UndoKind = UndoKind.REVERTED
    backup_name: str
    new_name: str
    has_owner: bool
    database_name: str
    old_name: str | None

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether the new database says that it is full, or serves already."""
        if is_swapped(context.world, self.database_name, self.old_name):
            return True
        new = find_database(context.world, self.new_name)
        return new is not None and new.mark in {RESTORED_MARK, COMPARED_MARK}

    def run(self, context: StepContext[Doors]) -> str:
        """Create, fill, mark."""
        world, name = context.world, self.new_name
        backup_name, has_owner = self.backup_name, self.has_owner
        world.restores.create_database(name, backup_name, has_owner=has_owner)
        seconds = world.restores.fill_database(
            name, backup_name, has_owner=has_owner, say=world.reporter.say,
            is_stop_requested=world.stop.is_requested,
        )
        world.restores.mark_database(name, RESTORED_MARK)
        return f"restored into {name} in {seconds:.1f} s"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """Remove the new database."""
        context.world.restores.drop_database(self.new_name)
        return UndoOutcome(True, f"database {self.new_name} is removed")
