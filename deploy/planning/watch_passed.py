"""Whether the watch of the release that serves has passed: what was held back waits for that, too. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from deploy.model.deployments import WATCH_STEP, Deployment, DeploymentState, StepRecord, StepState
from deploy.model.errors import BlockedError
from deploy.model.releases import Release, ReleaseState
from deploy.steps.watch_release import WatchRelease


class WatchState(StrEnum):
    """How far the watch of a release came."""

    NEVER = "never"
    RUNNING = "running"
    NOT_PASSED = "not-passed"
    """It found something, could not tell, was interrupted, or another command ended it."""
    PASSED = "passed"


@dataclass(frozen=True)
class LastWatch:
    """The newest watch of a release; `outcome` is how the ledger says that its deployment ended."""

    state: WatchState
    outcome: str = ""


def last_watch(release: Release, deployments: Iterable[Deployment]) -> LastWatch:
    """What the ledger knows of it.

    Args:
        deployments: newest first; a rollback may have watched the release again.
    """
    for deployment in deployments:
        step = _watch_step(release, deployment)
        # One that ended before its watch began says nothing about the release.
        if step is None:
            continue
        if step.state is StepState.DONE:
            # It ended without an answer where the whole deployment is done and the release is still not good.
            is_undecided = deployment.state is DeploymentState.DONE and release.state is ReleaseState.CANDIDATE
            return LastWatch(WatchState.NOT_PASSED if is_undecided else WatchState.PASSED, deployment.outcome)
        if step.state is StepState.BEGUN and deployment.state is DeploymentState.RUNNING:
            return LastWatch(WatchState.RUNNING)
        return LastWatch(WatchState.NOT_PASSED, deployment.outcome)
    return LastWatch(WatchState.NEVER)


def gate_watch(release: Release, last: LastWatch, *, is_watching_usual: bool) -> None:
    """Only what was watched to the end may take the way back away.

    Args:
        release: the one that serves.
        is_watching_usual: whether the settings watch releases at all; where they do not, none ever passes a watch.

    Raises:
        BlockedError: its watch goes on, has not passed, or there was none.
    """
    if last.state is WatchState.PASSED or (last.state is WatchState.NEVER and not is_watching_usual):
        return
    if last.state is WatchState.RUNNING:
        raise BlockedError(
            f"{release.name} is still being watched, and postponed revisions wait until that watch has passed",
            hint="wait for it to end; ./scripts/deploy.sh status (resume, if its process has died)",
            reference="contract-watch-running",
        )
    if last.state is WatchState.NOT_PASSED:
        raise BlockedError(
            f"the watch of {release.name}, which serves, has not passed: {last.outcome}",
            hint="deploy a repaired image: ./scripts/deploy.sh --auto-migrate --health-check --watch",
            reference="contract-watch-not-passed",
        )
    raise BlockedError(
        f"{release.name}, which serves, was never watched",
        hint=f"./scripts/deploy.sh --skip-migrate --health-check --watch --image {release.image.image_id}",
        reference="contract-never-watched",
    )


def _watch_step(release: Release, deployment: Deployment) -> StepRecord | None:
    """The last journal entry of its watch in this deployment; None where there is none."""
    planned = deployment.plan.find(WatchRelease)
    if planned is None or planned.number != release.number:
        return None
    return next((step for step in deployment.steps if step.name == WATCH_STEP), None)
