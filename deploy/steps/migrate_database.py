"""Run `alembic upgrade head` of the new image in the compose service `migration`.

The container is started detached and waited for through the Docker API: a lost terminal, or the
death of this process, does not kill a migration that is under way; `resume` finds it by its label.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from deploy.model.containers import Container
from deploy.model.database import DatabaseState
from deploy.model.deployments import PlannedStep
from deploy.model.doors import World
from deploy.model.errors import DeployError, InterruptedByOperator, StepFailed
from deploy.model.steps import StepContext, UndoOutcome
from deploy.steps.waiting import POLL_SECONDS

DEPLOYMENT_LABEL = "surefoot.deployment"
STOP_GRACE_SECONDS = 60
TELL_EVERY_SECONDS = 10


class MigrateDatabase:
    """The one step that cannot be taken back by itself: a downgrade may lose data.

    Params:
        service, image_id, release: what runs.
        from_ids, target_ids: the database's revisions before and after.
        invalid_before: names of indexes that were invalid before we came.
        downgrade_command: the command that takes the revisions back, for the operator.
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
        """Start or find our migration container, follow it to its end, then ask the database."""
        world = context.world
        container = self._own_running(context) or self._start(context)
        ended = self._wait(world, container)
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
        for container in context.world.containers.list(self.params["service"]):
            if container.is_running and container.labels.get(DEPLOYMENT_LABEL) == context.deployment_id:
                return container
        return None

    def _start(self, context: StepContext) -> Container:
        world = context.world
        environment = {
            "APP_IMAGE": self.params["image_id"],
            "RELEASE": self.params["release"],
            "DEPLOYMENT_ID": context.deployment_id,
        }
        service_name = self.params["service"]
        world.compose.up(service_name, environment=environment, profile="migration", has_force_recreate=True)
        for container in reversed(world.containers.list(service_name)):
            if container.labels.get(DEPLOYMENT_LABEL) == context.deployment_id:
                return container
        raise StepFailed(
            f"compose made no container of service {service_name!r} that bears the label {DEPLOYMENT_LABEL}",
            hint=f'give the service labels: {{{DEPLOYMENT_LABEL}: "${{DEPLOYMENT_ID:-manual}}"}}',
            reference="migration-container-missing",
        )

    def _wait(self, world: World, container: Container) -> Container | None:
        """The container once it has ended; None when somebody removed it."""
        follower = threading.Thread(target=_follow_logs, args=(world, container.container_id), daemon=True)
        follower.start()
        started, told = world.clock.monotonic(), 0.0
        while True:
            present = world.containers.inspect(container.container_id)
            if present is None or present.status in {"exited", "dead"}:
                follower.join(timeout=2)
                return present
            if world.stop.is_requested():
                self._stop(world, present)
            elapsed = world.clock.monotonic() - started
            if elapsed - told >= TELL_EVERY_SECONDS:
                told = elapsed
                world.reporter.say(f"migrating for {elapsed:.0f} s")
                for line in world.database.blockers():
                    world.reporter.say(f"holds a lock: {line}")
            world.clock.sleep(POLL_SECONDS)

    def _stop(self, world: World, container: Container) -> None:
        world.reporter.say("stopping the migration; its open transaction is rolled back")
        world.containers.stop(container.container_id, STOP_GRACE_SECONDS)
        raise InterruptedByOperator("stopped during the migration", reference="interrupted")

    def _failure(self, ended: Container | None, state: DatabaseState) -> DeployError:
        now = frozenset(state.revision_ids)
        if ended is None:
            cause = "its container was removed"
        elif ended.is_oom_killed:
            cause = "it was killed for lack of memory"
        else:
            cause = f"it ended with exit code {ended.exit_code}"
        where = "nothing was applied" if now == self.from_ids else f"it got as far as {_ids(now)}"
        left = self._new_invalid_indexes(state)
        remains = f"; it left invalid indexes: {', '.join(left)}" if left else ""
        read = f"read its log with `docker logs {ended.name}`, " if ended else ""
        return StepFailed(
            f"the migration failed: {cause}; {where}{remains}",
            hint=f"{read}repair the revision, deploy again",
            reference="migration-failed",
        )

    def _new_invalid_indexes(self, state: DatabaseState) -> list[str]:
        known = set(self.params["invalid_before"])
        names = (f"{index.table_name}.{index.index_name}" for index in state.invalid_indexes)
        return [name for name in names if name not in known]


def _follow_logs(world: World, container_id: str) -> None:
    # The log is for the eye only: losing it must not lose the migration.
    with suppress(DeployError, OSError), world.containers.follow_logs(container_id) as lines:
        for line in lines:
            world.reporter.log(line)


def _ids(revision_ids: frozenset[str]) -> str:
    return ", ".join(sorted(revision_ids)) or "no revision"
