"""Run what a project wants run once in each deployment: seed data, static files, a cache that is warmed up.

Each job runs to its end in the release's image, after the migration and before the switch, so that one that fails
leaves the old application serving. Whether it may run twice is the project's word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.model.containers import DEPLOYMENT_LABEL, RELEASE_LABEL, Container
from deploy.model.errors import StepFailed
from deploy.model.has_doors import HasClock, HasCompose, HasContainers, HasReporter, HasStop
from deploy.model.planned_step import Saved, UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.routines.waiting import POLL_SECONDS

LOG_TAIL_LINES = 15
TELL_EVERY_SECONDS = 10


class Doors(HasClock, HasCompose, HasContainers, HasReporter, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class Job(Saved):
    """One service, and the image that it runs."""

    service: str
    image_id: str
    stop_grace_seconds: int


@dataclass(frozen=True, kw_only=True)
class RunJobs(Step):
    """One after the other, each until exit code 0.

    Attributes:
        release: as whose part they run.
    """

    name: Literal["run-jobs"] = "run-jobs"
    undo_kind: UndoKind = UndoKind.REVERTED
    jobs: tuple[Job, ...]
    release: str

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether every one of this deployment has ended with 0."""
        return all(self._has_succeeded(_own(context, job)) for job in self.jobs)

    def run(self, context: StepContext[Doors]) -> str:
        """Those that have ended well are not run again; one that still runs is followed."""
        for job in self.jobs:
            container = _own(context, job)
            if self._has_succeeded(container):
                continue
            if container is None or not container.is_running:
                container = self._start(context, job)
            self._follow(context.world, job, container)
        return f"{', '.join(job.service for job in self.jobs)} ended with exit code 0"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """What runs is stopped; what they wrote stays, and the deployment's last line says so."""
        for job in self.jobs:
            container = _own(context, job)
            if container is not None and container.is_running:
                context.world.containers.stop(container.container_id, job.stop_grace_seconds)
        return UndoOutcome(True, "no job runs; what they wrote stays")

    def _has_succeeded(self, container: Container | None) -> bool:
        return container is not None and container.status == "exited" and container.exit_code == 0

    def _start(self, context: StepContext[Doors], job: Job) -> Container:
        """Raises StepFailed: Compose made none."""
        context.world.compose.up(
            job.service, environment={"APP_IMAGE": job.image_id, "RELEASE": self.release}, image_id=job.image_id,
            labels={RELEASE_LABEL: self.release, DEPLOYMENT_LABEL: context.deployment_id}, has_force_recreate=True,
        )
        container = _own(context, job)
        if container is None:
            raise StepFailed(
                f"compose made no container of {job.service}", hint=f"docker compose logs {job.service}",
                reference="job-failed",
            )
        return container

    def _follow(self, world: Doors, job: Job, container: Container) -> None:
        began, told = world.clock.monotonic(), 0.0
        while True:
            now = world.containers.inspect(container.container_id)
            if now is None or not (now.is_running or now.status == "created"):
                break
            world.stop.raise_if_requested()
            elapsed = world.clock.monotonic() - began
            if elapsed - told >= TELL_EVERY_SECONDS:
                told = elapsed
                world.reporter.say(f"{job.service} runs for {elapsed:.0f} s")
            world.clock.sleep(POLL_SECONDS)
        if self._has_succeeded(now):
            return
        for line in world.containers.logs(container.container_id, LOG_TAIL_LINES).splitlines():
            world.reporter.log(line)
        how = f"ended with exit code {now.exit_code}" if now is not None else "was removed"
        raise StepFailed(
            f"the job {job.service} {how}", hint="its last log lines are above; repair it and deploy again",
            reference="job-failed",
        )


def _own(context: StepContext[Doors], job: Job) -> Container | None:
    """This deployment's: its log stays with it until the next deployment."""
    found = [
        container for container in context.world.containers.list(job.service)
        if container.labels.get(DEPLOYMENT_LABEL) == context.deployment_id
    ]
    return found[-1] if found else None
