"""An engine or a database that is away for moments (an upgrade, a failover) is waited for, in a run and in an undo.

The one place where that is done. What was under way when the connection broke has an unknown outcome, so the step
is looked at again before it acts again: that is what `resume` does, without the process having died.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_fixed, wait_none

from deploy.model.doors import World
from deploy.model.errors import DeployError, LockedError
from deploy.model.planned_step import PlannedStep, UndoKind
from deploy.model.steps import Step, StepContext

POLL_SECONDS = 1.0
TELL_EVERY_SECONDS = 10.0
OUTAGES_AT_MOST = 3
# What makes a server fall may be the migration itself.
OUTAGES_AT_NO_RETURN = 1

_T = TypeVar("_T")


def run_through_outages(context: StepContext[World], step: Step) -> str:
    """`step.run`; after an outage it is asked first whether it is done.

    Raises:
        DeployError: what the step raises; for an outage that outlasts the patience, what does not answer.
        InterruptedByOperator: the operator asked to stop meanwhile.
    """
    has_begun = False

    def act() -> str:
        nonlocal has_begun
        if has_begun and step.is_done(context):
            return "done, as was seen afterwards"
        has_begun = True
        return step.run(context)

    return through_outages(context.world, act, step)


def through_outages(world: World, act: Callable[[], _T], planned: PlannedStep) -> _T:
    """Call `act`, which may be called again: wait for what does not answer, then call it once more.

    Raises:
        DeployError: as `act` raises it; for an outage that outlasts the patience, what does not answer.
    """
    most = OUTAGES_AT_NO_RETURN if planned.undo_kind is UndoKind.POINT_OF_NO_RETURN else OUTAGES_AT_MOST
    attempts = Retrying(
        retry=retry_if_exception(_is_away), stop=stop_after_attempt(most + 1), wait=wait_none(), reraise=True,
        before_sleep=lambda state: _with_error(state, lambda error: _wait_until_back(world, error)),
        sleep=lambda _: None,
    )
    return attempts(act)


def _is_away(error: BaseException) -> bool:
    return isinstance(error, DeployError) and bool(error.away)


def _wait_until_back(world: World, first: DeployError) -> None:
    """Until everything answers: an engine that restarts takes a database in a container with it.

    Each thing is said once, and every few seconds that it is still waited for. The locks that died with a server are
    taken again.

    Raises:
        DeployError: something is still away, and the time is over.
    """
    patience, started = world.patience_seconds, world.clock.monotonic()
    if not patience:
        raise first
    waiting_for, told = "", 0.0

    def waited() -> float:
        return world.clock.monotonic() - started

    def tell(error: DeployError) -> None:
        nonlocal waiting_for, told
        if error.away != waiting_for:
            waiting_for, told = error.away, waited()
            world.reporter.warn(f"{error.what}; waiting for {waiting_for}, at most {patience - told:.0f} s")
        elif waited() - told >= TELL_EVERY_SECONDS:
            told = waited()
            world.reporter.say(f"still waiting for {waiting_for}: {told:.0f} of {patience:.0f} s")

    def pause(seconds: float) -> None:
        world.stop.raise_if_requested()
        world.clock.sleep(seconds)

    tell(first)
    attempts = Retrying(
        retry=retry_if_exception(_is_away), wait=wait_fixed(POLL_SECONDS), sleep=pause, reraise=True,
        stop=lambda _: waited() >= patience, before_sleep=lambda state: _with_error(state, tell),
    )
    attempts(_ask, world)
    world.reporter.say(f"everything answers again, after {waited():.0f} s")


def _with_error(state: RetryCallState, act: Callable[[DeployError], None]) -> None:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, DeployError):
        act(error)


def _ask(world: World) -> None:
    """Raises what is still away. An edge comes back with its engine, or is started by the step."""
    world.containers.engine_version()
    try:
        world.database.observe()
        world.restores.keep_lock()
        world.database.keep_deployment_lock()
    except LockedError:
        raise
    except DeployError as error:
        # A server that refuses does answer; a restore keeps the database closed on purpose.
        if error.away:
            raise
