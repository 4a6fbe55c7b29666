"""Restore over the live database, in one transaction: for servers where databases cannot be made or renamed."""

from __future__ import annotations

from deploy.checks.restoring import difference, is_journalled_done
from deploy.model.deployments import PlannedStep
from deploy.model.steps import StepContext, UndoOutcome


class RestoreInPlace:
    """All of it or nothing; objects that are newer than the backup survive. What it replaces is in the safety backup.

    Params:
        backup_name, database_name: what, and into which database.
        has_owner: owners and rights are restored too.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params

    def is_done(self, context: StepContext) -> bool:
        """Whether the journal says so, or the database has exactly the backup's content: never a second time."""
        return is_journalled_done(context.world, context.deployment_id, self.planned.name) or self._is_equal(context)

    def run(self, context: StepContext) -> str:
        """End who is in, then one transaction."""
        world = context.world
        world.database.release_deployment_lock()  # it would be ended with the others
        world.restores.end_sessions(self.params["database_name"])
        world.database.take_deployment_lock()
        seconds = world.restores.fill_in_place(
            self.params["backup_name"], has_owner=self.params["has_owner"], say=world.reporter.say,
            is_stop_requested=world.stop.is_requested,
        )
        return f"restored over {self.params['database_name']} in {seconds:.1f} s"

    def undo(self, context: StepContext) -> UndoOutcome:
        """Nothing, where the transaction was rolled back; else the safety backup is the way back."""
        if not self._is_equal(context):
            return UndoOutcome(True, f"{self.params['database_name']} is as it was: the transaction was rolled back")
        safety = next(
            (b.name for b in context.world.backups.all()
             if b.manifest.occasion.deployment_id == context.deployment_id), "BACKUP",
        )
        return UndoOutcome(
            False, f"{self.params['database_name']} holds the backup's content",
            f"./scripts/deploy.sh restore {safety} --in-place",
        )

    def _is_equal(self, context: StepContext) -> bool:
        name = self.params["database_name"]
        return not difference(context.world, self.params["backup_name"], name, has_newer=True)
