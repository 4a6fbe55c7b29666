"""While a migration runs: whom it keeps waiting. Before it starts: what it would wait for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from deploy.model.doors import World
from deploy.model.errors import DeployError, StepFailed
from deploy.model.monitoring import BlockedSession, Obstacle
from deploy.steps.waiting import wait_until
from deploy.watch.migration_blocking import kept_waiting, migration_sessions

LOOK_EVERY_SECONDS = 1.0
TELL_EVERY_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 300.0


class BlockedOthersTooLong(StepFailed):
    """The migration was cancelled because others waited for it; its open transaction is rolled back."""


class MigrationGuard:
    """On connections of its own, so that it sees what the migration's session cannot.

    Args:
        params: of the step: max_block_seconds (0: never cancel), obstacle_seconds, obstacle_wait_seconds,
            tables (schema-qualified; None: any table).
    """

    def __init__(self, world: World, params: Mapping[str, Any]) -> None:
        self._world = world
        self._max_block_seconds = float(params.get("max_block_seconds", 0))
        self._obstacle_seconds = float(params.get("obstacle_seconds", 0))
        self._obstacle_wait_seconds = float(params.get("obstacle_wait_seconds", 0))
        tables = params.get("tables")
        self._tables = None if tables is None else tuple(tables)
        self._since: datetime | None = None
        self._looked_at: float | None = None
        self._told_at: float | None = None
        self._is_blind = False

    def wait_for_obstacles(self) -> None:
        """Wait for long transactions, dumps and the like to end, naming them.

        Raises:
            StepFailed: they are still there after the limit; nothing was changed.
            InterruptedByOperator: the operator asked to stop meanwhile.
        """
        if not self._obstacle_wait_seconds or self._tables == ():
            return
        last: list[tuple[Obstacle, ...]] = [()]

        def are_gone() -> bool:
            try:
                last[0] = self._world.watch.monitoring.obstacles(self._tables, self._obstacle_seconds)
            except DeployError as error:
                self._say_blind(error)
                last[0] = ()
            self._tell([f"waiting for a {obstacle.says}" for obstacle in last[0]])
            return not last[0]

        if wait_until(self._world, are_gone, self._obstacle_wait_seconds, poll_seconds=LOOK_EVERY_SECONDS):
            return
        worst = last[0][0]
        raise StepFailed(
            f"the migration was not begun: after {self._obstacle_wait_seconds:.0f} s there is still a {worst.says}",
            hint="let it end, or end it with SELECT pg_terminate_backend(pid); then deploy again. "
            "DEPLOY_MIGRATION_OBSTACLE_WAIT_SECONDS waits longer; 0 does not look",
            reference="migration-obstacle",
        )

    def begin(self) -> None:
        """From here on, a session that changes the schema is the migration's."""
        if self._max_block_seconds:
            try:
                self._since = self._world.watch.monitoring.now()
            except DeployError as error:
                self._say_blind(error)

    def look(self) -> tuple[dict[int, datetime], BlockedSession | None]:
        """The migration's sessions and the longest wait behind them, once that is over the limit; else nothing."""
        nothing: tuple[dict[int, datetime], BlockedSession | None] = ({}, None)
        now = self._world.clock.monotonic()
        is_early = self._looked_at is not None and now - self._looked_at < LOOK_EVERY_SECONDS
        if not self._max_block_seconds or is_early:
            return nothing
        self._looked_at = now
        try:
            blocked = self._world.watch.monitoring.blocked()
        except DeployError as error:
            self._say_blind(error)
            return nothing
        sessions = migration_sessions(blocked, self._since)
        victims = kept_waiting(blocked, tuple(sessions))
        if victims:
            self._tell([f"the migration keeps others waiting: {victim.says}" for victim in victims[:3]])
        if victims and victims[0].waited_seconds > self._max_block_seconds:
            return sessions, victims[0]
        return nothing

    def cancel(self, sessions: Mapping[int, datetime], victim: BlockedSession) -> BlockedOthersTooLong:
        """End the migration's sessions: their transactions roll back, whatever its program does about it."""
        for pid, started_at in sessions.items():
            try:
                self._world.watch.monitoring.end_session(pid, started_at)
            except DeployError as error:
                self._say_blind(error)
        return BlockedOthersTooLong(
            f"the migration was cancelled: it kept others waiting for more than {self._max_block_seconds:.0f} s "
            f"({victim.says})",
            hint="deploy again when there is less traffic, or change the revision to a form that blocks nobody "
            "(./scripts/migration-check.sh)",
            reference="migration-blocked-others",
        )

    def _tell(self, lines: list[str]) -> None:
        now = self._world.clock.monotonic()
        if not lines or (self._told_at is not None and now - self._told_at < TELL_EVERY_SECONDS):
            return
        self._told_at = now
        for line in lines:
            self._world.reporter.say(line)

    def _say_blind(self, error: DeployError) -> None:
        if not self._is_blind:
            self._is_blind = True
            self._world.reporter.warn(f"the locks cannot be watched: {error.what}")
