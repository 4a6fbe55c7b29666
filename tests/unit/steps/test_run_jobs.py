"""A job runs once in a deployment, to its end, and its failure is one of the deployment."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.model.errors import InterruptedByOperator, StepFailed
from deploy.model.steps import StepContext
from deploy.steps.run_jobs import Job, RunJobs
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import FakeWorld


class Ground:
    """One job."""

    def __init__(self, **behaviour: Any) -> None:
        self.fake = FakeWorld("r1")
        self.fake.docker.add_service("seed")
        self.image_id = self.fake.docker.add_image("shop:v2", ImageBehaviour(**behaviour))
        self.step = RunJobs(
            says="", jobs=(Job(service="seed", image_id=self.image_id, stop_grace_seconds=5),), release="release-2"
        )
        self.context: StepContext[Any] = StepContext(self.fake.world, "d0002")

    @property
    def starts(self) -> int:
        return len(self.fake.docker.called("compose.up"))


def test_it_runs_to_its_end_and_not_a_second_time() -> None:
    ground = Ground(exit_code=0, runs_for_looks=3)
    assert not ground.step.is_done(ground.context)
    ground.step.run(ground.context)
    assert ground.step.is_done(ground.context)
    ground.step.run(ground.context)
    assert ground.starts == 1


def test_one_that_a_deployment_of_before_ran_is_not_this_ones() -> None:
    ground = Ground(exit_code=0)
    ground.step.run(ground.context)
    assert not ground.step.is_done(StepContext(ground.fake.world, "d0003"))


def test_what_a_killed_run_started_is_followed_and_not_started_again() -> None:
    ground = Ground(exit_code=0, runs_for_looks=5)
    ground.step._start(ground.context, ground.step.jobs[0])
    ground.step.run(ground.context)
    assert (ground.starts, ground.step.is_done(ground.context)) == (1, True)


def test_another_exit_code_is_a_failure_with_its_log() -> None:
    ground = Ground(exit_code=3, log_lines=("no such table",))
    with pytest.raises(StepFailed, match="exit code 3") as caught:
        ground.step.run(ground.context)
    assert caught.value.reference == "job-failed"
    assert any("no such table" in line for line in ground.fake.reporter.logged)
    assert ground.step.undo(ground.context).is_undone


def test_one_that_is_stopped_by_the_operator_does_not_go_on() -> None:
    ground = Ground()
    ground.fake.stop.is_asked = True
    with pytest.raises(InterruptedByOperator):
        ground.step.run(ground.context)
    assert ground.step.undo(ground.context).is_undone
    assert not any(c.is_running for c in ground.fake.world.containers.list("seed"))
