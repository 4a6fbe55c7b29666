"""Workers and schedulers move with the release, and come back with it."""

from __future__ import annotations

import pytest

from deploy.model.errors import StepFailed
from deploy.steps.background_services import BackgroundMove, Wanted
from deploy.steps.stop_background import StopBackground
from deploy.steps.switch_background import SwitchBackground
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import FakeWorld
from tests.fakes.planned_steps import background_move

QUIET = ImageBehaviour(has_health_check=False)


class Ground:
    """A world with a worker and a scheduler of release 1."""

    def __init__(self, new: ImageBehaviour = QUIET, **changes: object) -> None:
        self.fake = FakeWorld("r1")
        self.docker = self.fake.docker
        self.old = self.docker.add_image("shop:1", QUIET)
        self.new = self.docker.add_image("shop:2", new)
        for name in ("worker", "beat"):
            self.docker.add_service(name)
            self.docker.create(name, self.old, {"RELEASE": "release-1"})
        former = (Wanted(image_id=self.old, release="release-1", count=1),)
        self.worker = background_move(former=former, **changes)
        self.beat = background_move("beat", role="singleton", strategy="stop-first", former=former)
        self.docker.calls.clear()

    def switch(self, *moves: BackgroundMove) -> SwitchBackground:
        return SwitchBackground(
            says="", moves=moves or (self.worker, self.beat), image_id=self.new, release="release-2",
            start_timeout_seconds=20, settle_seconds=5,
        )

    def stop(self) -> StopBackground:
        return StopBackground(says="", moves=(self.worker, self.beat))

    def runs(self, service: str) -> list[str]:
        return [c.image_id for c in self.docker.of_service(service) if c.status == "running"]


def test_every_one_runs_the_new_release_afterwards() -> None:
    ground = Ground()
    step = ground.switch()
    assert not step.is_done(ground.fake.context)
    step.run(ground.fake.context)
    assert (ground.runs("worker"), ground.runs("beat")) == ([ground.new], [ground.new])
    assert step.is_done(ground.fake.context)


def test_a_worker_starts_beside_the_old_one_which_ends_after_it() -> None:
    ground = Ground()
    ground.switch(ground.worker).run(ground.fake.context)
    assert [call[0] for call in ground.docker.calls if call[0] in {"compose.up", "containers.stop"}] == [
        "compose.up", "containers.stop",
    ]


def test_of_a_scheduler_there_are_never_two() -> None:
    ground = Ground()
    ground.switch(ground.beat).run(ground.fake.context)
    assert [call[0] for call in ground.docker.calls if call[0] in {"compose.up", "containers.stop", "containers.remove"}] == [
        "containers.stop", "containers.remove", "compose.up",
    ]


def test_a_scheduler_that_does_not_end_keeps_the_new_one_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = Ground()
    monkeypatch.setattr(ground.fake.containers, "stop", lambda *_: None)
    with pytest.raises(StepFailed) as caught:
        ground.switch(ground.beat).run(ground.fake.context)
    assert caught.value.reference == "service-goes-on"
    assert ground.runs("beat") == [ground.old]
    assert not ground.docker.called("compose.up")


@pytest.mark.parametrize(
    ("behaviour", "has_health_check"),
    [
        (ImageBehaviour(has_health_check=False, exit_code=1, runs_for_looks=3), False),
        (ImageBehaviour(has_health_check=False, exit_code=0), False),
        (ImageBehaviour(healthy_after_looks=None, unhealthy_after_looks=2), True),
        (ImageBehaviour(healthy_after_looks=None), True),
    ],
)
def test_a_worker_that_does_not_come_up_fails_the_step_and_its_undo_brings_the_old_one_back(
    behaviour: ImageBehaviour, has_health_check: bool
) -> None:
    ground = Ground(behaviour, has_health_check=has_health_check)
    step = ground.switch(ground.worker)
    with pytest.raises(StepFailed) as caught:
        step.run(ground.fake.context)
    assert caught.value.reference == "release-not-healthy"
    assert ground.runs("worker") in ([ground.old], [ground.old, ground.new])
    step.undo(ground.fake.context)
    assert ground.runs("worker") == [ground.old]


def test_a_worker_is_not_judged_by_a_health_check_of_its_image_that_the_file_does_not_give_it() -> None:
    ground = Ground(ImageBehaviour(healthy_after_looks=None, unhealthy_after_looks=1))
    ground.switch(ground.worker).run(ground.fake.context)
    assert ground.runs("worker") == [ground.new]


def test_an_undo_brings_back_as_many_of_each_kind_as_ran() -> None:
    ground = Ground()
    ground.docker.create("worker", ground.old, {"RELEASE": "release-1"})
    former = (Wanted(image_id=ground.old, release="release-1", count=2),)
    step = ground.switch(background_move(former=former), ground.beat)
    step.run(ground.fake.context)
    assert ground.runs("worker") == [ground.new]
    step.undo(ground.fake.context)
    assert (ground.runs("worker"), ground.runs("beat")) == ([ground.old, ground.old], [ground.old])


def test_an_undo_leaves_nothing_where_nothing_ran() -> None:
    ground = Ground()
    ground.docker.containers.clear()
    step = ground.switch(background_move(former=()))
    step.run(ground.fake.context)
    assert ground.runs("worker") == [ground.new]
    step.undo(ground.fake.context)
    assert ground.docker.of_service("worker") == []


def test_stopped_ones_stay_for_the_undo_which_starts_the_same_containers() -> None:
    ground = Ground()
    before = [c.container_id for c in ground.docker.containers]
    step = ground.stop()
    step.run(ground.fake.context)
    assert (ground.runs("worker"), ground.runs("beat")) == ([], [])
    assert step.is_done(ground.fake.context)
    step.undo(ground.fake.context)
    assert (ground.runs("worker"), ground.runs("beat")) == ([ground.old], [ground.old])
    assert [c.container_id for c in ground.docker.containers] == before


def test_after_a_stop_the_switch_removes_the_stopped_ones_and_starts_the_new() -> None:
    ground = Ground()
    ground.stop().run(ground.fake.context)
    ground.switch().run(ground.fake.context)
    assert [c.image_id for c in ground.docker.of_service("worker")] == [ground.new]


def test_a_resumed_deployment_does_not_stop_what_it_has_switched() -> None:
    ground = Ground()
    ground.fake.begin()
    deployment = ground.fake.ledger.unfinished()
    assert deployment is not None
    from deploy.model.deployments import StepState

    ground.fake.ledger.record_step(deployment.deployment_id, 1, "switch-background", StepState.BEGUN)
    ground.switch().run(ground.fake.context)
    assert ground.stop().is_done(ground.fake.context)


def test_a_switch_that_was_killed_in_the_middle_is_gone_on_with() -> None:
    ground = Ground()
    ground.docker.create("worker", ground.new, {"RELEASE": "release-2"})
    step = ground.switch()
    assert not step.is_done(ground.fake.context)
    step.run(ground.fake.context)
    assert (ground.runs("worker"), ground.runs("beat")) == ([ground.new], [ground.new])


def test_one_that_was_started_by_hand_with_the_same_image_is_started_again_as_the_release() -> None:
    ground = Ground()
    ground.docker.containers.clear()
    ground.docker.create("worker", ground.new, {}).labels.clear()
    step = ground.switch(background_move(former=(Wanted(image_id=ground.new, release="manual", count=1),)))
    assert not step.is_done(ground.fake.context)
    step.run(ground.fake.context)
    [worker] = ground.docker.of_service("worker")
    assert worker.labels["surefoot.release"] == "release-2"
