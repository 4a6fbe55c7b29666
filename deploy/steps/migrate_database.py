"""Run `alembic upgrade head` of the new image in the compose service `migration`.

The container is started detached and waited for through the Docker API: a lost terminal, or the
death of this process, does not kill a migration that is under way; `resume` finds it by its label.
"""

from __future__ import annotations

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

from deploy.checks.schema_since import keep_schema_of_before, schema_since
from deploy.model.containers import Container
from deploy.model.deployments import PlannedStep
from deploy.model.doors import World
from deploy.model.errors import DeployError, StepFailed
from deploy.model.steps import StepContext, UndoOutcome
from deploy.steps.migration_container import (
    STOP_GRACE_SECONDS,
    cause_of,
    follow_to_end,
    own_running,
    start_container,
)
from deploy.steps.migration_end import LEFTOVERS_COMMAND, ids_of, look_at_end
from deploy.steps.migration_guard import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    BlockedOthersTooLong,
    MigrationGuard,
)
from deploy.steps.waiting import wait_until


class MigrateDatabase:
    """The one step that cannot be taken back by itself: a downgrade may lose data.

    Params:
        service, image_id, release: what runs.
        from_ids, target_ids: the database's revisions before and after.
        commits_inside: why rows may be kept of a revision that fails; empty where nothing commits before its end.
        downgrade_command: the command that takes the revisions back, for the operator.
        max_block_seconds, block_attempts, obstacle_seconds, obstacle_wait_seconds, tables: see MigrationGuard.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params
        self.from_ids = frozenset(planned.params["from_ids"])
        self.target_ids = frozenset(planned.params["target_ids"])

    def is_done(self, context: StepContext) -> bool:
        """Whether the database says so, and no migration of ours is still at work."""
        state = context.world.database.observe()
        return frozenset(state.revision_ids) == self.target_ids and self._own_running(context) is None

    def run(self, context: StepContext) -> str:
        """Start or find our migration container, follow it to its end, then ask the database.

        A try that kept others waiting for too long was cancelled; it is made again after a pause, a few times.
        """
        attempts = Retrying(
            retry=retry_if_exception_type(BlockedOthersTooLong), reraise=True,
            stop=stop_after_attempt(int(self.params.get("block_attempts", 1))),
            wait=wait_exponential(multiplier=FIRST_PAUSE_SECONDS, max=LONGEST_PAUSE_SECONDS) + wait_random(0, 5),
            sleep=lambda seconds: _pause(context.world, seconds),
        )
        return attempts(self._run_once, context)

    def _run_once(self, context: StepContext) -> str:
        world = context.world
        guard = MigrationGuard(world, self.params)
        container = self._own_running(context)
        if container is None:
            guard.wait_for_obstacles()
            keep_schema_of_before(world, context.deployment_id)
            guard.begin()
            container = self._start(context)
        ended = follow_to_end(world, container, guard)
        state = world.database.observe()
        if ended is None or ended.exit_code != 0 or frozenset(state.revision_ids) != self.target_ids:
            raise self._failure(world, ended, state.at)
        left = [item.says for item in schema_since(world, context.deployment_id).found if item.is_leftover]
        if left:
            raise StepFailed(
                f"the migration ended well but left something unfinished: {', '.join(left)}",
                hint=f"{LEFTOVERS_COMMAND} --remove, repair the revision, deploy again",
                reference="migration-left-invalid-index",
            )
        return f"database is at {ids_of(self.target_ids)}"

    def undo(self, context: StepContext) -> UndoOutcome:
        """Nothing is taken back; it says what differs."""
        running = self._own_running(context)
        if running:
            context.world.containers.stop(running.container_id, STOP_GRACE_SECONDS)
        end = look_at_end(context, self.params, context.world.database.observe())
        if end.is_as_before:
            return UndoOutcome(True, end.basis)
        next_command = end.next_command(self.params["downgrade_command"])
        return UndoOutcome(False, "; ".join(end.differs), next_command, end.differs)

    def _own_running(self, context: StepContext) -> Container | None:
        return own_running(context, self.params["service"])

    def _start(self, context: StepContext) -> Container:
        return start_container(context, self.params)

    def _failure(self, world: World, ended: Container | None, now: str) -> DeployError:
        """The cause alone: what is true of the database now is told by the undo, which always follows."""
        read = f"read its log with `docker logs {ended.name}`, " if ended else ""
        return StepFailed(
            f"the migration failed: {cause_of(world, ended, now, ids_of(self.target_ids))}",
            hint=f"{read}repair the revision, deploy again",
            reference="migration-failed",
        )


def _pause(world: World, seconds: float) -> None:
    """Between two tries; a stop request ends it."""
    world.reporter.warn(f"the migration kept others waiting and was cancelled; trying again in {seconds:.0f} s")
    wait_until(world, lambda: False, seconds)
