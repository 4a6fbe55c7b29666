"""Back up the database, and prove that the backup can be read back."""

from __future__ import annotations

from deploy.checks.external_backup import require_fresh
from deploy.model.backups import Backup, Occasion
from deploy.model.deployments import Actor, PlannedStep
from deploy.model.steps import StepContext, UndoOutcome


class BackUpDatabase:
    """Writes one backup; it is kept whatever happens later. Or has the operator's own service prove one.

    Params:
        image_id, release_number: what serves now; null before the first deployment.
        external_max_age_seconds: only where the external service is asked; nothing is written then.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params

    def is_done(self, context: StepContext) -> bool:
        """Whether this deployment's backup is there."""
        return self._own_backup(context) is not None

    def run(self, context: StepContext) -> str:
        """Dump, count, hash, decode whole, read back; or ask the external service."""
        if "external_max_age_seconds" in self.params:
            return self._ask_external(context)
        world = context.world
        actor = _actor_of(context)
        occasion = Occasion(
            actor.user_name, actor.host_name, context.deployment_id, self.params["image_id"],
            self.params["release_number"],
        )
        backup = world.backups.create(
            world.database.observe(), occasion, say=world.reporter.say, is_stop_requested=world.stop.is_requested
        )
        for warning in backup.manifest.warnings:
            world.reporter.warn(warning)
        rows = sum(table.rows for table in backup.manifest.content.tables)
        return (
            f"{backup.name}, {backup.manifest.size_bytes:,} bytes, {rows:,} rows, decoded whole, "
            f"by {backup.manifest.client}"
        )

    def undo(self, context: StepContext) -> UndoOutcome:
        """Keep it: a backup changes nothing."""
        backup = self._own_backup(context)
        return UndoOutcome(True, f"backup kept: {backup.name}" if backup else "no backup was finished")

    def _ask_external(self, context: StepContext) -> str:
        world = context.world
        backup = world.backups.ask_external(is_stop_requested=world.stop.is_requested)
        age = require_fresh(backup, world.clock.now(), self.params["external_max_age_seconds"])
        return f"external backup {backup.name}, ended {backup.finished_at.isoformat()}, {age.total_seconds():.0f} s ago"

    def _own_backup(self, context: StepContext) -> Backup | None:
        backups = context.world.backups.all()
        return next((b for b in backups if b.manifest.occasion.deployment_id == context.deployment_id), None)


def _actor_of(context: StepContext) -> Actor:
    deployment = context.world.ledger.deployment(context.deployment_id)
    if deployment is None:
        raise ValueError(f"the ledger has no deployment {context.deployment_id}")
    return deployment.actor
