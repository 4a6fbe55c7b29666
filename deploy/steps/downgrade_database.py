"""Run `alembic downgrade TARGET` of the image that knows the database's revision, in the service `migration`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.schema_since import keep_schema_of_before
from deploy.model.errors import StepFailed
from deploy.model.has_doors import (
    HasBackups,
    HasClock,
    HasCompose,
    HasContainers,
    HasDatabase,
    HasLedger,
    HasReporter,
    HasStop,
    HasWatch,
)
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.steps.migration_container import (
    STOP_GRACE_SECONDS,
    cause_of,
    follow_to_end,
    own_running,
    start_container,
)
from deploy.steps.migration_end import ids_of, look_at_end


class Doors(
    HasBackups, HasClock, HasCompose, HasContainers, HasDatabase, HasLedger, HasReporter, HasStop, HasWatch,
    Protocol
):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class DowngradeDatabase(Step):
    """It cannot be taken back: what the downgrade drops is in the backup that was taken before.

    Attributes:
        service, image_id, release: what runs.
        command: alembic's words.
        from_ids, target_ids: the database's revisions before and after.
        commits_inside: as of MigrateDatabase.
        also_differs: what else is not as it was, where this cannot be taken back.
    """

    name: Literal["downgrade-database"] = "downgrade-database"
    undo_kind: UndoKind = UndoKind.POINT_OF_NO_RETURN
    service: str
    image_id: str
    release: str
    command: tuple[str, ...]
    from_ids: tuple[str, ...]
    target_ids: tuple[str, ...]
    commits_inside: str | None
    also_differs: tuple[str, ...] = ()

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether the database says so, and no container of ours is still at work."""
        now = frozenset(context.world.database.observe().revision_ids)
        return now == frozenset(self.target_ids) and own_running(context, self.service) is None

    def run(self, context: StepContext[Doors]) -> str:
        """Start or find our container, follow it to its end, then ask the database."""
        world = context.world
        container = own_running(context, self.service)
        if container is None:
            keep_schema_of_before(world, context.deployment_id)
            container = start_container(context, self.service, self.image_id, self.release, command=self.command)
        ended = follow_to_end(world, container)
        state = world.database.observe()
        now = frozenset(state.revision_ids)
        if ended is None or ended.exit_code != 0 or now != frozenset(self.target_ids):
            read = f"read its log with `docker logs {ended.name}`; " if ended else ""
            raise StepFailed(
                f"the downgrade failed: {cause_of(world, ended, state.at, ids_of(self.target_ids))}",
                hint=f"{read}repair the revision's downgrade",
                reference="downgrade-failed",
            )
        return f"database is at {ids_of(self.target_ids)}"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """Nothing is taken back; it says what differs, and which backup has it."""
        running = own_running(context, self.service)
        if running:
            context.world.containers.stop(running.container_id, STOP_GRACE_SECONDS)
        end = look_at_end(context, self.from_ids, self.commits_inside, context.world.database.observe())
        if end.is_as_before:
            return UndoOutcome(True, end.basis)
        backup = next(
            (b.name for b in context.world.backups.all()
             if b.manifest.occasion.deployment_id == context.deployment_id), "",
        )
        takes_back = f"./scripts/deploy.sh restore {backup}" if backup else "./scripts/deploy.sh backup list"
        differs = (*end.differs, *self.also_differs)
        return UndoOutcome(False, "; ".join(differs), end.next_command(takes_back), differs)
