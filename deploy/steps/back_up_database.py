"""Back up the database, and prove that the file can be read back."""

from __future__ import annotations

from deploy.model.database import Backup
from deploy.model.deployments import PlannedStep
from deploy.model.steps import StepContext, UndoOutcome


class BackUpDatabase:
    """Writes one verified dump; it is kept whatever happens later."""

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned

    def is_done(self, context: StepContext) -> bool:
        """Whether this deployment's backup is in the ledger and on the disk."""
        backup = self._own_backup(context)
        return backup is not None and context.world.backups.exists(backup.file_name)

    def run(self, context: StepContext) -> str:
        """Dump, hash, decode whole, record."""
        world = context.world
        backup = world.backups.create(
            world.database.observe(),
            context.deployment_id,
            say=world.reporter.say,
            is_stop_requested=world.stop.is_requested,
        )
        world.stop.raise_if_requested()
        world.ledger.record_backup(backup)
        return f"{backup.file_name}, {backup.size_bytes:,} bytes, decoded whole, by {backup.client}"

    def undo(self, context: StepContext) -> UndoOutcome:
        """Keep it: a backup changes nothing."""
        backup = self._own_backup(context)
        return UndoOutcome(True, f"backup kept: {backup.file_name}" if backup else "no backup was finished")

    def _own_backup(self, context: StepContext) -> Backup | None:
        backups = context.world.ledger.backups()
        return next((b for b in backups if b.deployment_id == context.deployment_id), None)
