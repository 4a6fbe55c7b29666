"""What can be neither finished nor taken back has an end that is recorded, and is offered only where it is a way out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from deploy.engine.abort_plan import abort_deployment, give_up_deployment
from deploy.engine.run_plan import run_deployment
from deploy.engine.undo_plan import ABORT_COMMAND, GIVE_UP_COMMAND
from deploy.model.deployments import DeploymentState
from deploy.model.errors import ENGINE, BlockedError, DeployError, GoneForGood, StepFailed
from deploy.model.results import DeploymentOutcome
from deploy.model.steps import StepContext, UndoOutcome
from tests.unit.engine.toy_world import OLD, Toy, ToyStep

GONE = GoneForGood("the image is nowhere", hint="load it", reference="release-image-gone")
BROKEN = StepFailed("the compose file is broken", hint="mend it", reference="compose-up-failed")
AWAY = BlockedError("no engine answers", hint="start it", reference="engine-unreachable", away=ENGINE)


@dataclass(frozen=True, kw_only=True, eq=False)
class Stuck(ToyStep):
    """Its undo fails each time."""

    failure: DeployError

    def undo(self, context: StepContext[Any]) -> UndoOutcome:
        if self.cell == 1:
            raise self.failure
        return super().undo(context)


def _stuck(failure: DeployError) -> tuple[Toy, list[ToyStep], DeploymentOutcome]:
    """A run that failed at its third step and stopped in the undo of its second."""
    toy = Toy(("set", "set", "set"), fails_at=2)
    deployment = toy.ledger.unfinished()
    assert deployment is not None
    steps: list[ToyStep] = [
        Stuck(name=planned.name, says="", undo_kind=planned.undo_kind, toy=toy, cell=cell, failure=failure)
        for cell, planned in enumerate(deployment.plan.steps)
    ]
    world = replace(toy.world, patience_seconds=0, containers=cast("Any", _Engine(failure)))
    return toy, steps, run_deployment(world, deployment, steps, is_resume=False)


class _Engine:
    def __init__(self, failure: DeployError) -> None:
        self.failure = failure

    def engine_version(self) -> None:
        if self.failure.away:
            raise self.failure


def _give_up(toy: Toy, steps: list[ToyStep]) -> DeploymentOutcome:
    deployment = toy.ledger.unfinished()
    assert deployment is not None
    return give_up_deployment(toy.world, deployment, steps, "no image", lambda: ("nobody serves",))


@pytest.mark.parametrize(
    ("failure", "after_run", "after_abort"),
    [(GONE, GIVE_UP_COMMAND, GIVE_UP_COMMAND), (BROKEN, ABORT_COMMAND, GIVE_UP_COMMAND), (AWAY, ABORT_COMMAND, ABORT_COMMAND)],
)
def test_giving_up_is_offered_where_it_is_a_way_out_and_only_there(
    failure: DeployError, after_run: str, after_abort: str
) -> None:
    toy, steps, outcome = _stuck(failure)
    assert (outcome.exit_code, outcome.next_command) == (4, after_run)
    deployment = toy.ledger.unfinished()
    assert deployment is not None
    world = replace(toy.world, patience_seconds=0, containers=cast("Any", _Engine(failure)))
    aborted = abort_deployment(world, deployment, steps)
    assert (aborted.exit_code, aborted.next_command) == (4, after_abort)
    assert toy.ledger.unfinished() is not None


def test_a_deployment_that_is_given_up_is_a_state_of_its_own_with_reason_and_differences() -> None:
    toy, steps, _ = _stuck(GONE)
    outcome = _give_up(toy, steps)
    assert outcome.exit_code == 4
    assert any("the image is nowhere" in line for line in outcome.differs)
    assert "nobody serves" in outcome.differs
    last = toy.ledger.deployments(1)[0]
    assert (last.state, last.exit_code) == (DeploymentState.GIVEN_UP, 4)
    assert "no image" in last.outcome
    assert "nobody serves" in last.outcome
    assert toy.ledger.unfinished() is None
    assert toy.cells[0] != OLD, "what stands below the step that is stuck stays"


def test_what_can_be_taken_back_after_all_is_taken_back_and_not_given_up() -> None:
    toy, steps, _ = _stuck(GONE)
    mended = [ToyStep(name=s.name, says="", undo_kind=s.undo_kind, toy=toy, cell=s.cell) for s in steps]
    outcome = _give_up(toy, mended)
    assert (outcome.exit_code, outcome.differs) == (0, ())
    assert toy.ledger.deployments(1)[0].state is DeploymentState.UNDONE
    assert toy.cells == toy.initial


def test_a_plan_of_another_version_can_be_given_up() -> None:
    toy, _, _ = _stuck(GONE)
    deployment = toy.ledger.unfinished()
    assert deployment is not None
    outcome = give_up_deployment(toy.world, deployment, None, "old tool", tuple)
    assert outcome.exit_code == 4
    assert toy.ledger.deployments(1)[0].state is DeploymentState.GIVEN_UP
