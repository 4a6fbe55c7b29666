"""Run `alembic downgrade TARGET` of the image that knows the database's revision, in the service `migration`."""

from __future__ import annotations

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


class DowngradeDatabase:
    """It cannot be taken back: what the downgrade drops is in the backup that was taken before.

    Params:
        service, image_id, release: what runs.
        command: alembic's words.
        from_ids, target_ids: the database's revisions before and after.
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
        container = container or start_container(context, self.params, self.params["command"])
        ended = follow_to_end(world, container)
        now = frozenset(world.database.observe().revision_ids)
        if ended is None or ended.exit_code != 0 or now != self.target_ids:
            where = "nothing was taken back" if now == self.from_ids else f"it got as far as {_ids(now)}"
            read = f"read its log with `docker logs {ended.name}`; " if ended else ""
            raise StepFailed(
                f"the downgrade failed: {cause_of(ended)}; {where}", hint=f"{read}repair the revision's downgrade",
                reference="downgrade-failed",
            )
        return f"database is at {_ids(self.target_ids)}"

    def undo(self, context: StepContext) -> UndoOutcome:
        """Nothing is taken back; it says what differs, and which backup has it."""
        running = own_running(context, self.params["service"])
        if running:
            context.world.containers.stop(running.container_id, STOP_GRACE_SECONDS)
        now = frozenset(context.world.database.observe().revision_ids)
        if now == self.from_ids:
            return UndoOutcome(True, f"database is still at {_ids(self.from_ids)}")
        backup = next(
            (b.name for b in context.world.backups.all()
             if b.manifest.occasion.deployment_id == context.deployment_id), "",
        )
        next_command = f"./scripts/deploy.sh restore {backup}" if backup else "./scripts/deploy.sh backup list"
        return UndoOutcome(False, f"database is at {_ids(now)}, was at {_ids(self.from_ids)}", next_command)


def _ids(revision_ids: frozenset[str]) -> str:
    return ", ".join(sorted(revision_ids)) or "no revision"
