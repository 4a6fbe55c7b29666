"""Whether the watch of a release has passed, and what may happen then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.model.deployments import (
    Actor,
    Deployment,
    DeploymentState,
    Mode,
    Plan,
    StepRecord,
    StepState,
)
from deploy.model.errors import BlockedError
from deploy.model.releases import Image, Release, ReleaseState
from deploy.planning.watch_passed import LastWatch, WatchState, gate_watch, last_watch
from tests.fakes.fake_ledger import AT
from tests.fakes.planned_steps import watch_release

GOOD = ReleaseState.GOOD
ACTOR = Actor("ann", "host", None)


def release(number: int, image: str = "", state: ReleaseState = GOOD, head: str = "r1", **changes: Any) -> Release:
    made = Release(number, Image(f"sha256:{image or number}", "r", None, 1), (head,), state, "d1", AT)
    return replace(made, **changes)


def refused(reference: str, call: Any, *arguments: Any, **named: Any) -> BlockedError:
    with pytest.raises(BlockedError) as caught:
        call(*arguments, **named)
    assert (caught.value.exit_code, caught.value.reference) == (3, reference)
    assert caught.value.hint
    return caught.value


def _watched(state: StepState | None, ended: DeploymentState = DeploymentState.DONE, number: int = 2, says: str = "told") -> Deployment:
    records = (StepRecord(0, "watch-release", state, AT, "", None),) if state else ()
    other = StepRecord(1, "promote-release", StepState.DONE, AT, "", None)
    return Deployment(
        "d", Plan(Mode.AUTO_MIGRATE, (watch_release(number),), {}), ended, ACTOR, AT, None, None, says, (other, *records)
    )


@pytest.mark.parametrize(
    ("step", "ended", "release_state", "expected"),
    [
        (StepState.DONE, DeploymentState.DONE, GOOD, WatchState.PASSED),
        (StepState.DONE, DeploymentState.DONE, ReleaseState.CANDIDATE, WatchState.NOT_PASSED),
        (StepState.DONE, DeploymentState.RUNNING, ReleaseState.CANDIDATE, WatchState.PASSED),
        (StepState.BEGUN, DeploymentState.RUNNING, GOOD, WatchState.RUNNING),
        (StepState.BEGUN, DeploymentState.UNDONE, GOOD, WatchState.NOT_PASSED),
        (StepState.FAILED, DeploymentState.RUNNING, GOOD, WatchState.NOT_PASSED),
    ],
)
def test_how_far_a_watch_came_is_told_by_its_step_its_deployment_and_its_release(
    step: StepState, ended: DeploymentState, release_state: ReleaseState, expected: WatchState
) -> None:
    found = last_watch(release(2, state=release_state), [_watched(None), _watched(StepState.DONE, number=7), _watched(step, ended)])
    assert found.state is expected
    assert found.outcome == ("" if expected is WatchState.RUNNING else "told")


def test_without_any_watch_there_was_none() -> None:
    empty = replace(_watched(StepState.DONE), plan=Plan(Mode.AUTO_MIGRATE, (), {}))
    assert last_watch(release(2), [empty, _watched(None)]) == LastWatch(WatchState.NEVER)


@pytest.mark.parametrize(
    ("state", "is_usual", "reference"),
    [
        (WatchState.PASSED, True, ""), (WatchState.PASSED, False, ""), (WatchState.NEVER, False, ""),
        (WatchState.NEVER, True, "contract-never-watched"), (WatchState.RUNNING, False, "contract-watch-running"),
        (WatchState.NOT_PASSED, False, "contract-watch-not-passed"),
    ],
)
def test_only_a_watch_that_passed_or_is_not_usual_lets_a_contract_through(
    state: WatchState, is_usual: bool, reference: str
) -> None:
    if not reference:
        gate_watch(release(2), LastWatch(state), is_watching_usual=is_usual)
        return
    refused(reference, gate_watch, release(2), LastWatch(state, "told"), is_watching_usual=is_usual)
