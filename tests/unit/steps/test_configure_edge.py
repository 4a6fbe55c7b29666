"""The edge gets other routes: written, reloaded, seen; and back."""

from __future__ import annotations

import pytest

from deploy.model.errors import StepFailed
from deploy.model.steps import StepContext
from deploy.steps.configure_edge import ConfigureEdge
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import FakeWorld

OLD, NEW = "backend app\n", "backend app\n\nbackend web_admin\n\nbackend web_admin_unchecked\n"
STEP = ConfigureEdge(
    says="", edge_service="edge", text=NEW, backends=("web_admin",), previous=OLD, previous_backends=(),
)


def ground(*, is_running: bool = True) -> tuple[FakeWorld, StepContext[object]]:
    fake = FakeWorld("r1")
    fake.edge.text = OLD
    if is_running:
        fake.docker.create("edge", fake.docker.add_image("haproxy", ImageBehaviour()), {})
    fake.edge.is_up = is_running
    return fake, StepContext(fake.world, "d1")


def test_a_running_edge_is_reloaded_once_and_nothing_of_its_slots_is_left_lying_about() -> None:
    fake, context = ground()
    assert not STEP.is_done(context)
    assert STEP.run(context) == "the edge leads to admin beside the application"
    assert (STEP.is_done(context), fake.edge.backends() >= {"web_admin"}, fake.edge.kept_servers) == (True, True, False)
    assert len(fake.docker.called("containers.signal")) == 1


def test_one_that_does_not_run_reads_it_when_it_starts() -> None:
    fake, context = ground(is_running=False)
    STEP.run(context)
    assert (fake.edge.text, fake.docker.called("containers.signal")) == (NEW, [])
    assert STEP.is_done(context)


def test_a_reload_that_is_not_taken_leaves_the_file_of_before() -> None:
    fake, context = ground()
    fake.edge.takes_reloads = False
    with pytest.raises(StepFailed) as caught:
        STEP.run(context)
    assert (caught.value.reference, fake.edge.text, fake.edge.kept_servers) == ("edge-not-reloaded", OLD, False)


def test_an_undo_leads_back_and_twice_is_once() -> None:
    fake, context = ground()
    STEP.run(context)
    assert STEP.undo(context).is_undone
    assert (fake.edge.text, "web_admin" in fake.edge.backends()) == (OLD, False)
    STEP.undo(context)
    assert len(fake.docker.called("containers.signal")) == 2


def test_a_file_that_was_written_and_not_loaded_is_not_done() -> None:
    fake, context = ground()
    fake.edge.write_configuration(NEW)
    assert not STEP.is_done(context)
    STEP.run(context)
    assert STEP.is_done(context)
