"""Back up the database, and prove that the backup can be read back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.external_backup import require_fresh
from deploy.model.backups import Backup, Occasion
from deploy.model.deployments import Actor
from deploy.model.has_doors import HasBackups, HasClock, HasDatabase, HasLedger, HasReporter, HasStop
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome


class Doors(HasBackups, HasClock, HasDatabase, HasLedger, HasReporter, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class BackUpDatabase(Step):
    """Writes one backup; it is kept whatever happens later. Or has the operator's own service prove one.

    Attributes:
        image_id, release_number: what serves now; None before the first deployment.
        external_max_age_seconds: how old an external service's backup may be; None: this tool makes the backup itself.
    """

    name: Literal["back-up-database"] = "back-up-database"
    undo_kind: UndoKind = UndoKind.NOTHING_TO_UNDO
    image_id: str | None
    release_number: int | None
    external_max_age_seconds: float | None = None

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether this deployment's backup is there."""
        return self._own_backup(context) is not None

    def run(self, context: StepContext[Doors]) -> str:
        """Dump, count, hash, decode whole, read back; or ask the external service."""
        if self.external_max_age_seconds is not None:
            return self._ask_external(context, self.external_max_age_seconds)
        world = context.world
        actor = _actor_of(context)
        occasion = Occasion(
            actor.user_name, actor.host_name, context.deployment_id, self.image_id,
            self.release_number,
        )
        backup = world.backups.create(
            world.database.observe(), occasion, say=world.reporter.say, is_stop_requested=world.stop.is_requested
        )
        for warning in backup.manifest.warnings:
            world.reporter.warn(warning)
        rows = sum(table.rows for table in backup.manifest.content.tables)
        return (
            f"{backup.name}, {backup.manifest.size_bytes:,} bytes, {rows:,} rows, all of it decoded, by "
            f"{backup.manifest.client}"
        )

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """Keep it: a backup changes nothing."""
        backup = self._own_backup(context)
        return UndoOutcome(True, f"backup kept: {backup.name}" if backup else "no backup was finished")

    def _ask_external(self, context: StepContext[Doors], max_age_seconds: float) -> str:
        world = context.world
        backup = world.backups.ask_external(is_stop_requested=world.stop.is_requested)
        age = require_fresh(backup, world.clock.now(), max_age_seconds)
        return f"external backup {backup.name}, ended {backup.finished_at.isoformat()}, {age.total_seconds():.0f} s ago"

    def _own_backup(self, context: StepContext[Doors]) -> Backup | None:
        backups = context.world.backups.all()
        return next((b for b in backups if b.manifest.occasion.deployment_id == context.deployment_id), None)


def _actor_of(context: StepContext[Doors]) -> Actor:
    deployment = context.world.ledger.deployment(context.deployment_id)
    if deployment is None:
        raise ValueError(f"the ledger has no deployment {context.deployment_id}")
    return deployment.actor
