"""Run `alembic upgrade head` of the new image in the compose service `migration`.

The container is started detached and waited for through the Docker API: a lost terminal, or the
death of this process, does not kill a migration that is under way; `resume` finds it by its label.
"""

from __future__ import annotations

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

from deploy.model.containers import Container
from deploy.model.database import DatabaseState
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
        invalid_before: names of indexes that were invalid before we came.
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
            guard.begin()
            container = self._start(context)
        ended = follow_to_end(world, container, guard)
        state = world.database.observe()
        if ended is None or ended.exit_code != 0 or frozenset(state.revision_ids) != self.target_ids:
            raise self._failure(ended, state)
        left = self._new_invalid_indexes(state)
        if left:
            raise StepFailed(
                f"the migration ended well but left invalid indexes: {', '.join(left)}",
                hint=f"DROP INDEX CONCURRENTLY {left[0].partition('.')[2]}; then deploy again",
                reference="migration-left-invalid-index",
            )
        return f"database is at {_ids(self.target_ids)}"

    def undo(self, context: StepContext) -> UndoOutcome:
        """Nothing is taken back; it says what differs."""
        running = self._own_running(context)
        if running:
            context.world.containers.stop(running.container_id, STOP_GRACE_SECONDS)
        state = context.world.database.observe()
        now = frozenset(state.revision_ids)
        left = self._new_invalid_indexes(state)
        if now == self.from_ids and not left:
            return UndoOutcome(True, f"database is still at {_ids(self.from_ids)}")
        differs = f"database is at {_ids(now)}, was at {_ids(self.from_ids)}"
        if left:
            differs += f"; invalid indexes: {', '.join(left)}"
        return UndoOutcome(False, differs, self.params["downgrade_command"])

    def _own_running(self, context: StepContext) -> Container | None:
        return own_running(context, self.params["service"])

    def _start(self, context: StepContext) -> Container:
        return start_container(context, self.params)

    def _failure(self, ended: Container | None, state: DatabaseState) -> DeployError:
        now = frozenset(state.revision_ids)
        where = "nothing was applied" if now == self.from_ids else f"it got as far as {_ids(now)}"
        left = self._new_invalid_indexes(state)
        remains = f"; it left invalid indexes: {', '.join(left)}" if left else ""
        read = f"read its log with `docker logs {ended.name}`, " if ended else ""
        return StepFailed(
            f"the migration failed: {cause_of(ended)}; {where}{remains}",
            hint=f"{read}repair the revision, deploy again",
            reference="migration-failed",
        )

    def _new_invalid_indexes(self, state: DatabaseState) -> list[str]:
        known = set(self.params["invalid_before"])
        names = (f"{index.table_name}.{index.index_name}" for index in state.invalid_indexes)
        return [name for name in names if name not in known]


def _pause(world: World, seconds: float) -> None:
    """Between two tries; a stop request ends it."""
    world.reporter.warn(f"the migration kept others waiting and was cancelled; trying again in {seconds:.0f} s")
    wait_until(world, lambda: False, seconds)


def _ids(revision_ids: frozenset[str]) -> str:
    return ", ".join(sorted(revision_ids)) or "no revision"
