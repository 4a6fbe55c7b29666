"""While a migration runs: whom it keeps waiting. Before it starts: what it would wait for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from deploy.model.errors import DeployError, StepFailed
from deploy.model.has_doors import HasClock, HasReporter, HasStop, HasWatch
from deploy.model.monitoring import BlockedSession, Obstacle
from deploy.model.planned_step import Saved
from deploy.routines.waiting import wait_until
from deploy.watch.migration_blocking import kept_waiting, migration_sessions

LOOK_EVERY_SECONDS = 1.0
TELL_EVERY_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 300.0


class Doors(HasClock, HasReporter, HasStop, HasWatch, Protocol):
    """What it touches."""


class BlockedOthersTooLong(StepFailed):
    """The migration was cancelled because others waited for it; its open transaction is rolled back."""


@dataclass(frozen=True, kw_only=True)
class GuardLimits(Saved):
    """How long the migration may wait for others, and keep others waiting.

    Attributes:
        max_block_seconds: after which a migration that keeps others waiting is cancelled; 0: never.
        block_attempts: how often it is begun, the first included.
        obstacle_seconds: how old a transaction is that counts as an obstacle.
        obstacle_wait_seconds: how long obstacles are waited for; 0: they are not looked for.
        tables: schema-qualified, those whose locks count; None: any table.
    """

    max_block_seconds: float = 0
    block_attempts: int = 1
    obstacle_seconds: float = 0
    obstacle_wait_seconds: float = 0
    tables: tuple[str, ...] | None = None


class MigrationGuard:
    """On connections of its own, so that it sees what the migration's session cannot.

    Args:
        limits: how long the migration may wait, and keep others waiting.
    """

    def __init__(self, world: Doors, limits: GuardLimits) -> None:
        self._world = world
        self._limits = limits
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
        if not self._limits.obstacle_wait_seconds or self._limits.tables == ():
            return
        last: list[tuple[Obstacle, ...]] = [()]

        def are_gone() -> bool:
            try:
                last[0] = self._world.watch.monitoring.obstacles(self._limits.tables, self._limits.obstacle_seconds)
            except DeployError as error:
                self._say_blind(error)
                last[0] = ()
            self._tell([f"waiting for a {obstacle.says}" for obstacle in last[0]])
            return not last[0]

        if wait_until(self._world, are_gone, self._limits.obstacle_wait_seconds, poll_seconds=LOOK_EVERY_SECONDS):
            return
        worst = last[0][0]
        raise StepFailed(
            f"the migration was not begun: after {self._limits.obstacle_wait_seconds:.0f} s there is still a "
            f"{worst.says}",
            hint="let it end, or end it with SELECT pg_terminate_backend(pid); then deploy again. "
            "a higher DEPLOY_MIGRATION_OBSTACLE_WAIT_SECONDS waits longer; with 0 the tool does not look",
            reference="migration-obstacle",
        )

    def begin(self) -> None:
        """From here on, a session that changes the schema is the migration's."""
        if self._limits.max_block_seconds:
            try:
                self._since = self._world.watch.monitoring.now()
            except DeployError as error:
                self._say_blind(error)

    def look(self) -> tuple[dict[int, datetime], BlockedSession | None]:
        """The migration's sessions and the longest wait behind them, once that is over the limit; else nothing."""
        nothing: tuple[dict[int, datetime], BlockedSession | None] = ({}, None)
        now = self._world.clock.monotonic()
        is_early = self._looked_at is not None and now - self._looked_at < LOOK_EVERY_SECONDS
        if not self._limits.max_block_seconds or is_early:
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
            self._tell([f"the migration keeps other sessions waiting: {victim.says}" for victim in victims[:3]])
        if victims and victims[0].waited_seconds > self._limits.max_block_seconds:
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
            "the migration was cancelled: it kept other sessions waiting for more than "
            f"{self._limits.max_block_seconds:.0f} s "
            f"({victim.says})",
            hint="deploy again when there is less traffic, or change the revision so that it blocks no other session "
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
