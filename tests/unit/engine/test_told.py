"""What the screen and the journal are told of each step: which one, whether forward or back, how it went, how long."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from deploy.engine.run_plan import run_deployment
from deploy.model.deployments import StepState
from deploy.model.errors import HandedOver, StepFailed
from deploy.model.planned_step import PlannedStep
from deploy.model.results import DeploymentOutcome
from deploy.model.steps import StepContext, UndoOutcome
from tests.unit.engine.toy_world import Toy, ToyReporter, ToyStep

GONE_ON = HandedOver("another command goes on with it", reference="handed-over")


@dataclass
class Told(ToyReporter):
    """Every call, whole: (began or ended, position, total, name, is_undo[, outcome, is_ok, seconds])."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def step_began(self, position: int, total: int, step: PlannedStep, *, is_undo: bool = False) -> None:
        self.calls.append(("began", position, total, step.name, is_undo))

    def step_ended(
        self, position: int, total: int, step: PlannedStep, *, outcome: str, is_ok: bool, seconds: float,
        is_undo: bool = False,
    ) -> None:
        self.calls.append(("ended", position, total, step.name, is_undo, outcome, is_ok, seconds))


@dataclass(frozen=True, kw_only=True, eq=False)
class Lasting(ToyStep):
    """Takes two seconds of the toy's clock in each direction, and keeps whose step it was said to be."""

    seen: list[str]

    def run(self, context: StepContext[Any]) -> str:
        self.seen.append(context.deployment_id)
        context.world.clock.sleep(2)
        return super().run(context)

    def undo(self, context: StepContext[Any]) -> UndoOutcome:
        self.seen.append(context.deployment_id)
        context.world.clock.sleep(2)
        return super().undo(context)


def _told(toy: Toy, *, is_resume: bool = False) -> tuple[list[tuple[Any, ...]], DeploymentOutcome, set[str]]:
    told, seen = Told(), list[str]()
    deployment = toy.ledger.unfinished()
    assert deployment is not None
    steps = [
        Lasting(name=f"step-{cell}", says="", undo_kind=planned.undo_kind, toy=toy, cell=cell, seen=seen)
        for cell, planned in enumerate(deployment.plan.steps)
    ]
    outcome = run_deployment(replace(toy.world, reporter=told), deployment, steps, is_resume=is_resume)
    return told.calls, outcome, set(seen)


# The toy's clock ticks once for each time that it is read, so what lasts two seconds is measured as three.


def test_each_step_is_told_as_begun_and_as_ended_with_its_place_and_its_seconds() -> None:
    calls, _, _ = _told(Toy(("set", "already")))
    assert calls == [
        ("began", 0, 2, "step-0", False),
        ("ended", 0, 2, "step-0", False, "set", True, 3.0),
        ("ended", 1, 2, "step-1", False, "already so", True, 0.0),
    ]


def test_a_failure_and_each_undo_are_told_as_such() -> None:
    calls, _, _ = _told(Toy(("set", "set"), fails_at=1))
    assert calls[3:] == [
        ("ended", 1, 2, "step-1", False, "it broke", False, 3.0),
        ("began", 1, 2, "step-1", True),
        ("ended", 1, 2, "step-1", True, "set back", True, 3.0),
        ("began", 0, 2, "step-0", True),
        ("ended", 0, 2, "step-0", True, "set back", True, 3.0),
    ]


def test_an_undo_that_is_refused_or_that_breaks_is_told_as_not_good() -> None:
    refused, _, _ = _told(Toy(("point", "set"), fails_at=1))
    assert refused[-1] == ("ended", 0, 2, "step-0", True, "cell 0 is new", False, 3.0)
    broken, outcome, _ = _told(Toy(("set", "set"), fails_at=1, breaks_undo_of=0))
    assert broken[-1] == ("ended", 0, 2, "step-0", True, outcome.differs[0], False, 3.0)
    assert outcome.differs[0].startswith("step-0 ")


def test_what_another_command_took_over_is_told_as_ended_well() -> None:
    calls, _, _ = _told(Toy(("set", "set"), fails_at=1, failure=GONE_ON))
    assert calls[-1] == ("ended", 1, 2, "step-1", False, GONE_ON.what, True, 3.0)


def test_every_step_and_every_undo_knows_whose_deployment_it_is() -> None:
    toy = Toy(("set", "set"), fails_at=1)
    deployment = toy.ledger.unfinished()
    assert deployment is not None
    _, _, seen = _told(toy)
    assert seen == {deployment.deployment_id}


def test_the_journal_keeps_each_entry_with_name_result_and_seconds() -> None:
    toy = Toy(("set", "set"), fails_at=1)
    _, outcome, _ = _told(toy)
    assert outcome.deployment is not None
    entries = toy.ledger.journal_of(outcome.deployment.deployment_id)
    assert [(e.name, e.state, e.detail, e.duration_seconds) for e in entries] == [
        ("step-0", StepState.BEGUN, "", None),
        ("step-0", StepState.DONE, "set", 3.0),
        ("step-1", StepState.BEGUN, "", None),
        ("step-1", StepState.FAILED, "it broke", 3.0),
        ("step-1", StepState.UNDO_BEGUN, "", None),
        ("step-1", StepState.UNDONE, "set back", 3.0),
        ("step-0", StepState.UNDO_BEGUN, "", None),
        ("step-0", StepState.UNDONE, "set back", 3.0),
    ]


def test_a_step_of_ours_that_is_found_done_is_written_down_as_done() -> None:
    toy = Toy(("set",))
    deployment = toy.ledger.unfinished()
    assert deployment is not None
    toy.ledger.record_step(deployment.deployment_id, 0, "step-0", StepState.BEGUN)
    toy.cells[0] = "new"
    calls, _, _ = _told(toy, is_resume=True)
    entry = toy.ledger.journal_of(deployment.deployment_id)[-1]
    assert (entry.name, entry.state, entry.detail) == ("step-0", StepState.DONE, "already so")
    assert calls == [("ended", 0, 1, "step-0", False, "already so", True, 0.0)]


def test_the_ledger_keeps_the_sentence_that_the_deployment_ended_with() -> None:
    toy = Toy(("set",), fails_at=0)
    _, outcome, _ = _told(toy)
    kept = toy.ledger.deployments(1)[0].outcome
    assert kept == f"{outcome.says}: it broke"


def test_an_undo_that_breaks_inside_is_told_in_words_with_its_traceback_for_the_file_alone() -> None:
    toy = Toy(("set", "set"), fails_at=1)
    toy.fate.call = _break_in_undo(toy)  # type: ignore[method-assign]
    _, outcome, _ = _told(toy)
    assert outcome.exit_code == 4
    assert "internal error: KeyError('slot')" in outcome.differs[0]
    assert "hint" not in outcome.differs[0]
    first, second = outcome.traceback_text.splitlines()[:2]
    assert (first, second.lstrip()[:5]) == ("Traceback (most recent call last):", "File ")
    assert outcome.traceback_text.rstrip().endswith("KeyError: 'slot'")


def _break_in_undo(toy: Toy) -> Any:
    def call(name: str = "") -> None:
        if name == "before undo":
            raise KeyError("slot")

    return call


def test_an_error_of_ours_leaves_no_traceback() -> None:
    _, outcome, _ = _told(Toy(("set", "set"), fails_at=1, breaks_undo_of=0))
    assert outcome.traceback_text == ""


def test_an_error_without_a_hint_is_told_without_one() -> None:
    toy = Toy(("set", "set"), fails_at=1)

    def call(name: str = "") -> None:
        if name == "before undo":
            raise StepFailed("the engine is gone", hint="", reference="toy-gone")

    toy.fate.call = call  # type: ignore[method-assign]
    _, outcome, _ = _told(toy)
    assert outcome.differs[0].endswith("the engine is gone")
