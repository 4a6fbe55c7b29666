"""An engine or a database that is away for moments: waited for in a run and in an undo, and never for ever."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from deploy.engine.outages import run_through_outages, through_outages
from deploy.model.errors import DATABASE, ENGINE, BlockedError, DeployError, InterruptedByOperator, LockedError
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from tests.fakes.fake_world import DEPLOYMENT_ID, FakeWorld
from tests.fakes.planned_steps import any_step

NO_ENGINE = BlockedError("no engine answers", hint="start it", reference="engine-unreachable", away=ENGINE)
NO_DATABASE = BlockedError("it is starting", hint="wait", reference="database-starting", away=DATABASE)


@dataclass
class Effect:
    """What the step has done so far."""

    ran: int = 0
    is_set: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Cut(Step):
    """A step whose call is cut `times` times; `takes_effect`: before the cut, as when only the answer is lost."""

    error: DeployError
    times: int = 1
    takes_effect: bool = False
    effect: Effect = field(default_factory=Effect)

    @property
    def ran(self) -> int:
        return self.effect.ran

    def is_done(self, context: StepContext[Any]) -> bool:
        return self.effect.is_set

    def run(self, context: StepContext[Any]) -> str:
        self.effect.ran += 1
        self.effect.is_set |= self.takes_effect
        if self.effect.ran <= self.times:
            raise self.error
        self.effect.is_set = True
        return "set"

    def undo(self, context: StepContext[Any]) -> UndoOutcome:
        return UndoOutcome(True, "unset")


def _cut(error: DeployError, **changes: Any) -> Cut:
    return Cut(name="cut", says="", undo_kind=changes.pop("undo_kind", UndoKind.REVERTED), error=error, **changes)


def _away_for(fake: FakeWorld, seconds: float) -> None:
    """The engine answers again after so many seconds of the fake clock."""
    fake.docker.is_engine_up = False
    sleep = fake.clock.sleep
    back_at = fake.clock.monotonic() + seconds

    def slept(length: float) -> None:
        sleep(length)
        fake.docker.is_engine_up = fake.clock.monotonic() >= back_at

    fake.clock.sleep = slept  # type: ignore[method-assign]


def test_an_engine_that_is_away_for_seconds_is_waited_for_and_the_step_goes_on() -> None:
    fake, step = FakeWorld(), _cut(NO_ENGINE)
    _away_for(fake, 25)
    assert run_through_outages(fake.context, step) == "set"
    assert step.ran == 2
    assert len([line for line in fake.reporter.warned if "waiting for the Docker engine, at most 120 s" in line]) == 1
    assert len([line for line in fake.reporter.said if "still waiting" in line]) == 2
    assert any("everything answers again" in line for line in fake.reporter.said)


def test_a_database_that_comes_back_after_its_engine_is_waited_for_as_one_outage() -> None:
    fake, step = FakeWorld(), _cut(NO_ENGINE)
    step = replace(step, undo_kind=UndoKind.POINT_OF_NO_RETURN)
    fake.database.failure = NO_DATABASE
    sleep = fake.clock.sleep

    def slept(length: float) -> None:
        sleep(length)
        fake.database.failure = None

    fake.clock.sleep = slept  # type: ignore[method-assign]
    assert run_through_outages(fake.context, step) == "set"
    assert len([line for line in fake.reporter.warned if "waiting for the database" in line]) == 1


def test_what_took_effect_before_the_answer_was_lost_is_seen_and_not_done_twice() -> None:
    fake, step = FakeWorld(), _cut(NO_ENGINE, takes_effect=True)
    run_through_outages(fake.context, step)
    assert step.ran == 1


def test_patience_has_an_end_and_the_error_says_what_does_not_answer() -> None:
    fake, step = FakeWorld(), _cut(NO_ENGINE)
    fake.docker.is_engine_up = False
    began = fake.clock.monotonic()
    with pytest.raises(BlockedError, match="engine"):
        run_through_outages(StepContext(replace(fake.world, patience_seconds=7), DEPLOYMENT_ID), step)
    assert 7 <= fake.clock.monotonic() - began < 10
    assert step.ran == 1


def test_patience_is_counted_from_the_outage_to_the_second() -> None:
    fake, step = FakeWorld(), _cut(NO_ENGINE)
    fake.clock.sleep(1000)
    fake.docker.is_engine_up = False
    began = fake.clock.monotonic()
    with pytest.raises(BlockedError, match="engine"):
        run_through_outages(StepContext(replace(fake.world, patience_seconds=7), DEPLOYMENT_ID), step)
    assert fake.clock.monotonic() - began == 7


def test_every_ten_seconds_it_is_said_that_it_is_still_waited_for_and_for_how_long() -> None:
    fake, step = FakeWorld(), _cut(NO_ENGINE)
    fake.clock.sleep(1000)
    _away_for(fake, 20.5)
    run_through_outages(fake.context, step)
    told = [line.rpartition(":")[2] for line in fake.reporter.said if "still waiting" in line]
    assert told == [" 10 of 120 s", " 20 of 120 s"]
    assert "21 s" in fake.reporter.said[-1]


def test_what_is_away_after_something_else_has_the_rest_of_the_patience() -> None:
    fake, step = FakeWorld(), _cut(NO_ENGINE)
    fake.database.failure = NO_DATABASE
    _away_for(fake, 5)
    with pytest.raises(BlockedError, match="starting"):
        run_through_outages(fake.context, step)
    assert ["at most 120 s" in fake.reporter.warned[0], "at most 115 s" in fake.reporter.warned[1]] == [True, True]


def test_an_interrupt_ends_the_waiting() -> None:
    fake, step = FakeWorld(), _cut(NO_ENGINE)
    fake.docker.is_engine_up = False
    fake.stop.is_asked = True
    with pytest.raises(InterruptedByOperator):
        run_through_outages(fake.context, step)


def test_a_database_that_restarted_has_lost_our_lock_and_it_is_taken_again_first() -> None:
    fake, step = FakeWorld(), _cut(NO_DATABASE)
    fake.database.take_deployment_lock()
    fake.database.lock_holder = "bob"
    began = fake.clock.monotonic()
    with pytest.raises(LockedError, match="bob"):
        run_through_outages(fake.context, step)
    assert (step.ran, fake.clock.monotonic()) == (1, began), "who holds it does not let go because one waits"


def test_a_database_that_is_closed_for_a_restore_counts_as_there() -> None:
    fake, step = FakeWorld(), _cut(NO_DATABASE)
    fake.database.failure = BlockedError("it is closed", hint="", reference="database-unreachable")
    assert run_through_outages(fake.context, step) == "set"


def test_a_step_that_fails_by_itself_is_not_tried_again() -> None:
    fake, step = FakeWorld(), _cut(BlockedError("bad", hint="", reference="bad"))
    with pytest.raises(BlockedError, match="bad"):
        run_through_outages(fake.context, step)
    assert step.ran == 1


@pytest.mark.parametrize(("kind", "runs"), [(UndoKind.REVERTED, 4), (UndoKind.POINT_OF_NO_RETURN, 2)])
def test_a_step_that_fells_the_server_each_time_is_not_run_for_ever(kind: UndoKind, runs: int) -> None:
    fake, step = FakeWorld(), _cut(NO_DATABASE, times=99)
    step = replace(step, undo_kind=kind)
    with pytest.raises(BlockedError, match="starting"):
        run_through_outages(fake.context, step)
    assert step.ran == runs


def test_an_undo_waits_too_though_it_cannot_be_interrupted() -> None:
    fake = FakeWorld()
    _away_for(fake, 5)
    calls = 0

    def undo() -> UndoOutcome:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise NO_ENGINE
        return UndoOutcome(True, "as it was")

    fake.stop.is_asked = True
    with fake.stop.shielded():
        assert through_outages(fake.world, undo, any_step("cut")).is_undone


def test_no_patience_is_no_waiting_and_no_promise_of_it() -> None:
    fake, step = FakeWorld(), _cut(NO_ENGINE)
    with pytest.raises(BlockedError, match="engine"):
        run_through_outages(StepContext(replace(fake.world, patience_seconds=0), DEPLOYMENT_ID), step)
    assert fake.reporter.warned == []
