"""Once: from a container that publishes the port itself to the edge. Users are away for a moment, never for good."""

from __future__ import annotations

import pytest

from deploy.model.errors import StepFailed
from deploy.steps.switch_containers import FormerRelease, ServedRelease
from deploy.steps.take_over_port import TakeOverPort
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import FakeWorld
from tests.fakes.planned_steps import switch_containers

PORT = 8080


class Ground:
    """A container that somebody started by hand publishes the port; no edge was ever there."""

    def __init__(self, behaviour: ImageBehaviour | None = None, *, is_sick: bool = False) -> None:
        self.fake = FakeWorld("r1")
        self.old = self.fake.docker.add_image("example/shop:old", ImageBehaviour(healthy_after_looks=0))
        self.new = self.fake.docker.add_image("example/shop:new", behaviour or ImageBehaviour(healthy_after_looks=0))
        for container in self.fake.docker.of_service("edge"):
            self.fake.docker.containers.remove(container)
        self.fake.edge.service_name = "edge"
        self.fake.docker.add_service("edge", self.fake.docker.add_image("haproxy", ImageBehaviour(healthy_after_looks=0)))
        self.by_hand = self.fake.docker.create("app", self.old, {})
        self.by_hand.host_ports = (PORT,)
        self.fake.compose.written_ports["app"] = (PORT,)
        former = FormerRelease(image_id=self.old, release="manual", is_sick=is_sick)
        self.step = TakeOverPort(
            says="", port=PORT, switch=switch_containers(ServedRelease(image_id=self.new, release="release-1"), former),
        )

    def running(self, service: str = "app") -> list[str]:
        return [c.image_id for c in self.fake.docker.of_service(service) if c.status == "running"]

    def has_edge(self) -> bool:
        return bool(self.running("edge"))


def test_the_old_process_ends_only_once_the_new_one_is_healthy_and_stays_for_an_undo() -> None:
    ground = Ground()
    assert not ground.step.is_done(ground.fake.context)

    told = ground.step.run(ground.fake.context)

    calls = [call[0] for call in ground.fake.docker.calls]
    assert calls.index("compose.up") < calls.index("containers.stop")
    assert ground.running() == [ground.new]
    assert ground.by_hand in ground.fake.docker.of_service("app")
    assert ground.has_edge()
    assert "users were not served for" in told
    assert ground.step.is_done(ground.fake.context)


def test_a_new_release_that_does_not_start_takes_nothing_away() -> None:
    ground = Ground(ImageBehaviour(exit_code=3))

    with pytest.raises(StepFailed):
        ground.step.run(ground.fake.context)
    assert ground.by_hand.status == "running"
    assert not ground.has_edge()

    ground.step.undo(ground.fake.context)
    assert ground.fake.docker.of_service("app") == [ground.by_hand]
    assert ground.by_hand.status == "running"


def test_an_undo_starts_the_same_container_again_without_an_edge() -> None:
    ground = Ground()
    ground.step.run(ground.fake.context)

    outcome = ground.step.undo(ground.fake.context)

    assert (outcome.is_undone, ground.has_edge()) == (True, False)
    assert ground.fake.docker.of_service("app") == [ground.by_hand]
    assert ground.by_hand.status == "running"


def test_where_that_container_is_gone_another_one_is_made_as_the_file_has_it() -> None:
    ground = Ground()
    ground.step.run(ground.fake.context)
    ground.step.switch.run(ground.fake.context)
    assert ground.by_hand not in ground.fake.docker.of_service("app")

    outcome = ground.step.undo(ground.fake.context)

    [again] = ground.fake.docker.of_service("app")
    assert (outcome.is_undone, again.image_id, again.host_ports, ground.has_edge()) == (True, ground.old, (PORT,), False)


def test_a_run_after_a_kill_lets_the_old_one_serve_while_the_new_one_starts() -> None:
    ground = Ground()
    ground.by_hand.status = "exited"

    ground.step.run(ground.fake.context)

    calls = [call[0] for call in ground.fake.docker.calls]
    assert calls.index("containers.start") < calls.index("compose.up")
    assert ground.running() == [ground.new]


def test_what_was_sick_before_is_not_waited_for() -> None:
    ground = Ground(is_sick=True)
    ground.fake.docker.behaviours[ground.old] = ImageBehaviour(healthy_after_looks=None)
    ground.step.run(ground.fake.context)
    before = ground.fake.clock.monotonic()

    outcome = ground.step.undo(ground.fake.context)

    assert outcome.is_undone
    assert ground.fake.clock.monotonic() - before < 1
