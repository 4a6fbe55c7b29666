"""Run `alembic upgrade head` of the new image in the compose service `migration`.

The container is started detached and waited for through the Docker API: a lost terminal, or the
death of this process, does not kill a migration that is under way; `resume` finds it by its label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

from deploy.checks.schema_since import keep_schema_of_before, schema_since
from deploy.model.containers import Container
from deploy.model.errors import DeployError, StepFailed
from deploy.model.has_doors import (
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
from deploy.routines.waiting import wait_until
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
    GuardLimits,
    MigrationGuard,
)


class Doors(HasClock, HasCompose, HasContainers, HasDatabase, HasLedger, HasReporter, HasStop, HasWatch, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class MigrateDatabase(Step):
    """The one step that cannot be taken back by itself: a downgrade may lose data.

    Attributes:
        service, image_id, release: what runs.
        from_ids, target_ids: the database's revisions before and after.
        target: what `alembic upgrade` is told, `head` or a revision.
        commits_inside: why rows may be kept of a revision that fails; empty where nothing commits before its end;
            None in a plan of a version that did not look.
        downgrade_command: the command that takes the revisions back, for the operator.
        guard: whom the migration may keep waiting, and for how long.
    """

    name: Literal["migrate-database"] = "migrate-database"
    undo_kind: UndoKind = UndoKind.POINT_OF_NO_RETURN
    service: str
    image_id: str
    release: str
    from_ids: tuple[str, ...]
    target_ids: tuple[str, ...]
    target: str = "head"
    commits_inside: str | None
    downgrade_command: str
    guard: GuardLimits

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether the database says so, and no migration of ours is still at work."""
        state = context.world.database.observe()
        return frozenset(state.revision_ids) == frozenset(self.target_ids) and self._own_running(context) is None

    def run(self, context: StepContext[Doors]) -> str:
        """Start or find our migration container, follow it to its end, then ask the database.

        A try that kept others waiting for too long was cancelled; it is made again after a pause, a few times.
        """
        attempts = Retrying(
            retry=retry_if_exception_type(BlockedOthersTooLong), reraise=True,
            stop=stop_after_attempt(self.guard.block_attempts),
            wait=wait_exponential(multiplier=FIRST_PAUSE_SECONDS, max=LONGEST_PAUSE_SECONDS) + wait_random(0, 5),
            sleep=lambda seconds: _pause(context.world, seconds),
        )
        return attempts(self._run_once, context)

    def _run_once(self, context: StepContext[Doors]) -> str:
        world = context.world
        guard = MigrationGuard(world, self.guard)
        container = self._own_running(context)
        if container is None:
            guard.wait_for_obstacles()
            keep_schema_of_before(world, context.deployment_id)
            guard.begin()
            container = self._start(context)
        ended = follow_to_end(world, container, guard)
        state = world.database.observe()
        if ended is None or ended.exit_code != 0 or frozenset(state.revision_ids) != frozenset(self.target_ids):
            raise self._failure(world, ended, state.at)
        left = [item.says for item in schema_since(world, context.deployment_id).found if item.is_leftover]
        if left:
            raise StepFailed(
                f"the migration ended well but left something unfinished: {', '.join(left)}",
                hint=f"{LEFTOVERS_COMMAND} --remove, repair the revision, deploy again",
                reference="migration-left-invalid-index",
            )
        return f"database is at {ids_of(self.target_ids)}"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """Nothing is taken back; it says what differs."""
        running = self._own_running(context)
        if running:
            context.world.containers.stop(running.container_id, STOP_GRACE_SECONDS)
        end = look_at_end(context, self.from_ids, self.commits_inside, context.world.database.observe())
        if end.is_as_before:
            return UndoOutcome(True, end.basis)
        next_command = end.next_command(self.downgrade_command)
        return UndoOutcome(False, "; ".join(end.differs), next_command, end.differs)

    def _own_running(self, context: StepContext[Doors]) -> Container | None:
        return own_running(context, self.service)

    def _start(self, context: StepContext[Doors]) -> Container:
        return start_container(context, self.service, self.image_id, self.release, target=self.target)

    def _failure(self, world: Doors, ended: Container | None, now: str) -> DeployError:
        """The cause alone: what is true of the database now is told by the undo, which always follows."""
        read = f"read its log with `docker logs {ended.name}`, " if ended else ""
        return StepFailed(
            f"the migration failed: {cause_of(world, ended, now, ids_of(self.target_ids))}",
            hint=f"{read}repair the revision, deploy again",
            reference="migration-failed",
        )


def _pause(world: Doors, seconds: float) -> None:
    """Between two tries; a stop request ends it."""
    world.reporter.warn(f"the migration kept other sessions waiting and was cancelled; trying again in {seconds:.0f} s")
    wait_until(world, lambda: False, seconds)
