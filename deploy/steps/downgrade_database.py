"""Run `alembic downgrade TARGET` of the image that knows the database's revision, in the service `migration`."""

from __future__ import annotations

from deploy.checks.schema_since import keep_schema_of_before
from deploy.model.deployments import PlannedStep
from deploy.model.errors import StepFailed
from deploy.model.steps import StepContext, UndoOutcome
from deploy.steps.migration_container import (
    STOP_GRACE_SECONDS,
    cause_of,
    follow_to_end,
    own_running,
    start_container,
)
from deploy.steps.migration_end import ids_of, look_at_end


class DowngradeDatabase:
    """It cannot be taken back: what the downgrade drops is in the backup that was taken before.

    Params:
        service, image_id, release: what runs.
        command: alembic's words.
        from_ids, target_ids: the database's revisions before and after.
        commits_inside: as of MigrateDatabase.
        also_differs: what else is not as it was, where this cannot be taken back.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params
        self.from_ids = frozenset(planned.params["from_ids"])
        self.target_ids = frozenset(planned.params["target_ids"])

    def is_done(self, context: StepContext) -> bool:
        """Whether the database says so, and no container of ours is still at work."""
        now = frozenset(context.world.database.observe().revision_ids)
        return now == self.target_ids and own_running(context, self.params["service"]) is None

    def run(self, context: StepContext) -> str:
        """Start or find our container, follow it to its end, then ask the database."""
        world = context.world
        container = own_running(context, self.params["service"])
        if container is None:
            keep_schema_of_before(world, context.deployment_id)
            container = start_container(context, self.params, self.params["command"])
        ended = follow_to_end(world, container)
        state = world.database.observe()
        now = frozenset(state.revision_ids)
        if ended is None or ended.exit_code != 0 or now != self.target_ids:
            read = f"read its log with `docker logs {ended.name}`; " if ended else ""
            raise StepFailed(
                f"the downgrade failed: {cause_of(world, ended, state.at, ids_of(self.target_ids))}",
                hint=f"{read}repair the revision's downgrade",
                reference="downgrade-failed",
            )
        return f"database is at {ids_of(self.target_ids)}"

    def undo(self, context: StepContext) -> UndoOutcome:
        """Nothing is taken back; it says what differs, and which backup has it."""
        running = own_running(context, self.params["service"])
        if running:
            context.world.containers.stop(running.container_id, STOP_GRACE_SECONDS)
        end = look_at_end(context, self.params, context.world.database.observe())
        if end.is_as_before:
            return UndoOutcome(True, end.basis)
        backup = next(
            (b.name for b in context.world.backups.all()
             if b.manifest.occasion.deployment_id == context.deployment_id), "",
        )
        takes_back = f"./scripts/deploy.sh restore {backup}" if backup else "./scripts/deploy.sh backup list"
        differs = (*end.differs, *self.params.get("also_differs", ()))
        return UndoOutcome(False, "; ".join(differs), end.next_command(takes_back), differs)
