"""Restore a backup into a new database beside the live one."""

from __future__ import annotations

from deploy.checks.restoring import find_database, is_swapped
from deploy.model.deployments import PlannedStep
from deploy.model.restores import COMPARED_MARK, RESTORED_MARK
from deploy.model.steps import StepContext, UndoOutcome


class RestoreDatabase:
    """The live database is not touched; a half filled one is removed and filled again.

    Params:
        backup_name, new_name: what, and into which database.
        has_owner: owners and rights are restored too.
        database_name, old_name: see is_swapped.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params

    def is_done(self, context: StepContext) -> bool:
        """Whether the new database says that it is full, or serves already."""
        if is_swapped(context.world, self.params):
            return True
        new = find_database(context.world, self.params["new_name"])
        return new is not None and new.mark in {RESTORED_MARK, COMPARED_MARK}

    def run(self, context: StepContext) -> str:
        """Create, fill, mark."""
        world, name = context.world, self.params["new_name"]
        backup_name, has_owner = self.params["backup_name"], self.params["has_owner"]
        world.restores.create_database(name, backup_name, has_owner=has_owner)
        seconds = world.restores.fill_database(
            name, backup_name, has_owner=has_owner, say=world.reporter.say,
            is_stop_requested=world.stop.is_requested,
        )
        world.restores.mark_database(name, RESTORED_MARK)
        return f"restored into {name} in {seconds:.1f} s"

    def undo(self, context: StepContext) -> UndoOutcome:
        """Remove the new database."""
        context.world.restores.drop_database(self.params["new_name"])
        return UndoOutcome(True, f"database {self.params['new_name']} is removed")
