"""What the switch owes: the old serves until the new does."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.model.containers import EDGE_CHECK_SECONDS, SlotState
from deploy.model.errors import BlockedError, GoneForGood, StepFailed
from deploy.steps.switch_containers import FormerRelease, ServedRelease, SwitchContainers
from tests.fakes.fake_docker import ImageBehaviour, image_id_of
from tests.fakes.fake_world import FakeWorld
from tests.fakes.planned_steps import switch_containers


def _ground(*, has_old: bool = True, behaviour: ImageBehaviour | None = None) -> tuple[FakeWorld, str, str]:
    fake = FakeWorld("r1")
    old = fake.docker.add_image("example/shop:old", ImageBehaviour(healthy_after_looks=0))
    new = fake.docker.add_image("example/shop:new", behaviour)
    if has_old:
        fake.docker.create("app", old, {"RELEASE": "release-1"})
    return fake, old, new


def _step(new: str, old: str | None, **changes: Any) -> SwitchContainers:
    former = FormerRelease(image_id=old, release="release-1") if old else None
    return switch_containers(ServedRelease(image_id=new, release="release-2"), former, **changes)


def _living(fake: FakeWorld) -> list[tuple[str, str]]:
    return [(c.image_id, c.status) for c in fake.docker.of_service("app")]


def test_the_new_slot_is_ready_before_the_old_one_drains_and_the_old_is_stopped_last() -> None:
    fake, old, new = _ground()
    step = _step(new, old)
    assert not step.is_done(fake.context)
    old_id = fake.docker.containers[0].container_id
    step.run(fake.context)
    calls = fake.docker.calls
    ready, drain = calls.index(("edge.set_state", "s2", "ready")), calls.index(("edge.set_state", "s1", "drain"))
    stop = calls.index(("containers.stop", old_id))
    assert calls.index(("edge.set_state", "s2", "maint")) < ready < drain < stop
    assert _living(fake) == [(new, "running")]
    assert step.is_done(fake.context)


def test_the_old_is_stopped_only_once_it_holds_no_session() -> None:
    fake, old, new = _ground()
    fake.edge.sessions["s1"] = 3
    stops: list[int] = []
    fake.clock.on_sleep = lambda _s: stops.append(len(fake.docker.called("containers.stop")))
    assert "cut" not in _step(new, old).run(fake.context)
    assert fake.edge.sessions["s1"] == 0
    assert set(stops) == {0}


def test_the_drain_time_out_ends_the_waiting_and_names_what_was_cut() -> None:
    fake, old, new = _ground()
    fake.edge.sessions["s1"] = 1_000_000
    assert "cut" in _step(new, old).run(fake.context)
    assert 10 <= fake.clock.monotonic() < 40
    assert _living(fake) == [(new, "running")]


@pytest.mark.parametrize(
    "behaviour",
    [ImageBehaviour(exit_code=3), ImageBehaviour(healthy_after_looks=None, unhealthy_after_looks=2),
     ImageBehaviour(healthy_after_looks=None)],
)
def test_a_new_container_that_is_not_healthy_leaves_the_old_one_untouched(behaviour: ImageBehaviour) -> None:
    fake, old, new = _ground(behaviour=behaviour)
    with pytest.raises(StepFailed) as caught:
        _step(new, old).run(fake.context)
    assert caught.value.reference == "release-not-healthy"
    assert (old, "running") in _living(fake)
    assert not fake.docker.called("containers.stop")
    assert ("edge.set_state", "s1", "drain") not in fake.docker.calls


def test_undo_brings_the_old_release_back_and_twice_is_harmless() -> None:
    fake, old, new = _ground()
    step = _step(new, old)
    step.run(fake.context)
    assert step.undo(fake.context).is_undone
    assert _living(fake) == [(old, "running")]
    before = len(fake.docker.called("compose.up"))
    assert step.undo(fake.context).is_undone
    assert _living(fake) == [(old, "running")]
    assert len(fake.docker.called("compose.up")) == before


def test_undo_after_a_crash_of_the_new_container_removes_only_that_one() -> None:
    fake, old, new = _ground(behaviour=ImageBehaviour(exit_code=3))
    step, kept = _step(new, old), fake.docker.containers[0].container_id
    with pytest.raises(StepFailed):
        step.run(fake.context)
    assert step.undo(fake.context).is_undone
    assert [c.container_id for c in fake.docker.of_service("app")] == [kept]


def test_undo_without_run_touches_no_container() -> None:
    fake, old, new = _ground()
    kept = fake.docker.containers[0].container_id
    assert _step(new, old).undo(fake.context).is_undone
    assert [c.container_id for c in fake.docker.of_service("app")] == [kept]
    assert not fake.docker.called("compose.up")


def test_undo_of_the_first_deployment_removes_the_new_one() -> None:
    fake, _old, new = _ground(has_old=False)
    step = _step(new, None)
    step.run(fake.context)
    assert step.undo(fake.context).is_undone
    assert step.undo(fake.context).is_undone
    assert _living(fake) == []


@pytest.mark.parametrize("status", ["created", "exited"])
def test_leftovers_are_removed(status: str) -> None:
    fake, old, new = _ground()
    left = fake.docker.create("app", new, {"RELEASE": "release-2"})
    left.status = status
    _step(new, old).run(fake.context)
    assert left not in fake.docker.containers
    assert _living(fake) == [(new, "running")]


def test_stop_first_shows_the_page_while_nothing_runs_and_takes_it_away() -> None:
    fake, old, new = _ground()
    _step(new, old, strategy="stop-first").run(fake.context)
    calls = [call for call in fake.docker.calls if call[0] in {"edge.set_maintenance", "containers.stop"}]
    assert [call[0] for call in calls][:2] == ["edge.set_maintenance", "containers.stop"]
    assert fake.edge.has_page is False


def test_a_page_that_an_operator_switched_on_stays() -> None:
    fake, old, new = _ground()
    fake.edge.set_maintenance(is_on=True)
    _step(new, old, strategy="stop-first", had_page=True).run(fake.context)
    assert fake.edge.has_page is True


def test_stop_first_stops_the_old_before_the_new_starts() -> None:
    fake, old, new = _ground()
    _step(new, old, strategy="stop-first").run(fake.context)
    names = [call[0] for call in fake.docker.calls]
    assert names.index("containers.stop") < names.index("compose.up")
    assert _living(fake) == [(new, "running")]


def test_an_edge_that_never_answers_is_said_before_anything_is_touched() -> None:
    fake, old, new = _ground()
    fake.docker.services["edge"].default_image_id = fake.docker.add_image("example/edge:1")
    fake.edge.is_up = False
    with pytest.raises(StepFailed) as caught:
        _step(new, old).run(fake.context)
    assert caught.value.reference == "edge-unreachable"
    assert _living(fake) == [(old, "running")]


def _switched_to_a_bad_one(fake: FakeWorld, strategy: str = "drain", **old: Any) -> SwitchContainers:
    """Release 2 runs and is unhealthy; release 1, its container and its image are gone."""
    fake.docker.add_image("example/shop:v2")
    fake.compose.up("app", environment={"APP_IMAGE": image_id_of("example/shop:v2"), "RELEASE": "release-2"})
    return switch_containers(
        ServedRelease(image_id=image_id_of("example/shop:v2"), release="release-2"),
        FormerRelease(image_id=image_id_of("example/shop:v1"), release="release-1", **old),
        strategy=strategy, start_timeout_seconds=5, drain_timeout_seconds=5, stop_grace_seconds=1,
    )


@pytest.mark.parametrize("strategy", ["drain", "stop-first"])
def test_an_undo_whose_image_is_nowhere_takes_nothing_away_before_it_says_so(strategy: str) -> None:
    fake = FakeWorld()
    step = _switched_to_a_bad_one(fake, strategy=strategy)
    with pytest.raises(GoneForGood, match="release-1"):
        step.undo(fake.context)
    assert [c.status for c in fake.docker.of_service("app")] == ["running"]
    assert not fake.edge.has_page


def test_an_old_image_that_was_removed_is_pulled_by_its_digest() -> None:
    fake = FakeWorld()
    digest = "example/shop@sha256:0123"
    fake.docker.registry[digest] = image_id_of("example/shop:v1")
    step = _switched_to_a_bad_one(fake, digest=digest)
    assert step.undo(fake.context).is_undone
    assert [c.image_id for c in fake.docker.of_service("app")] == [image_id_of("example/shop:v1")]


def test_a_registry_that_is_away_does_not_make_an_image_gone_for_good() -> None:
    fake = FakeWorld()
    digest = "example/shop@sha256:0123"
    fake.docker.registry[digest] = BlockedError("it is down", hint="later", reference="registry-unreachable")
    with pytest.raises(BlockedError, match="it is down"):
        _switched_to_a_bad_one(fake, digest=digest).undo(fake.context)


def test_what_did_not_serve_before_is_put_back_without_waiting_for_its_health() -> None:
    fake = FakeWorld()
    sick = fake.docker.add_image("example/shop:v1", ImageBehaviour(healthy_after_looks=None, unhealthy_after_looks=1))
    step = _switched_to_a_bad_one(fake, is_sick=True)
    outcome = step.undo(fake.context)
    assert outcome.is_undone
    assert "did not serve before" in outcome.says
    assert [c.image_id for c in fake.docker.of_service("app")] == [sick]


def _address(fake: FakeWorld, image_id: str) -> str:
    return next(c.address for c in fake.docker.of_service("app") if c.image_id == image_id)


def _when_it_drains(fake: FakeWorld, effect: Any) -> None:
    """Call `effect` once, as soon as the old slot is told to drain."""
    done: list[bool] = []

    def on_sleep(_seconds: float) -> None:
        if not done and ("edge.set_state", "s1", "drain") in fake.docker.calls:
            done.append(True)
            effect()

    fake.clock.on_sleep = on_sleep
    fake.edge.sessions["s1"] = 1_000_000


def test_a_new_release_that_turns_unhealthy_while_old_connections_drain_gives_the_traffic_back() -> None:
    fake, old, new = _ground()

    def turn_sick() -> None:
        fake.edge.sick.add(_address(fake, new))
        fake.edge.refused, fake.edge.failed, fake.edge.answered = 7, 7, 100

    _when_it_drains(fake, turn_sick)
    step = _step(new, old)
    with pytest.raises(StepFailed) as caught:
        step.run(fake.context)
    assert caught.value.reference == "release-turned-unhealthy"
    assert "refused 7 requests" in caught.value.what
    calls = fake.docker.calls
    assert calls.index(("edge.set_state", "s1", "drain")) < calls.index(("edge.set_state", "s1", "ready"))
    assert fake.edge.last_resort == {_address(fake, old)}
    assert step.undo(fake.context).is_undone
    assert _living(fake) == [(old, "running")]


def test_a_new_container_that_docker_started_again_while_old_connections_drain_is_not_kept() -> None:
    fake, old, new = _ground()
    _when_it_drains(fake, lambda: setattr(fake.docker.of_service("app")[1], "restart_count", 1))
    with pytest.raises(StepFailed) as caught:
        _step(new, old).run(fake.context)
    assert caught.value.reference == "release-turned-unhealthy"


def test_a_new_release_that_recovers_within_a_moment_is_kept_and_what_was_refused_is_told() -> None:
    fake, old, new = _ground()
    fake.edge.answered = 1000

    def stumble() -> None:
        fake.edge.sick.add(_address(fake, new))
        fake.edge.refused, fake.edge.failed = 2, 2
        until = fake.clock.monotonic() + 3

        def recover(_seconds: float) -> None:
            if fake.clock.monotonic() >= until:
                fake.edge.sick.clear()
                fake.edge.sessions["s1"] = 0

        fake.clock.on_sleep = recover

    _when_it_drains(fake, stumble)
    says = _step(new, old).run(fake.context)
    assert "2 of 2 requests were refused by the edge meanwhile" in says
    assert _living(fake) == [(new, "running")]


def test_where_no_container_passes_its_check_both_serve_and_the_machine_gets_time() -> None:
    fake, old, new = _ground()

    def starve() -> None:
        fake.edge.are_checks_passing = False
        until = fake.clock.monotonic() + 18  # longer than a recovery may take where the old one does better

        def recover(_seconds: float) -> None:
            if fake.clock.monotonic() >= until:
                fake.edge.are_checks_passing = True
                fake.edge.sessions["s1"] = 0

        fake.clock.on_sleep = recover

    _when_it_drains(fake, starve)
    _step(new, old).run(fake.context)
    assert _living(fake) == [(new, "running")]


def test_what_has_not_proved_itself_is_never_the_last_resort() -> None:
    fake, old, new = _ground()
    seen: list[tuple[frozenset[str] | None, bool]] = []
    old_address = fake.docker.of_service("app")[0].address

    def look(_seconds: float) -> None:
        is_old_there = any(c.image_id == old for c in fake.docker.of_service("app"))
        seen.append((fake.edge.last_resort, is_old_there))

    fake.clock.on_sleep = look
    fake.edge.sessions["s1"] = 3
    _step(new, old).run(fake.context)
    assert seen
    assert {addresses for addresses, is_old_there in seen if is_old_there} == {frozenset({old_address})}
    assert fake.edge.last_resort is None


def test_an_edge_with_an_older_configuration_is_switched_all_the_same() -> None:
    fake, old, new = _ground()
    fake.edge.is_last_resort_configured = False
    _step(new, old).run(fake.context)
    assert [line for line in fake.reporter.warned if "older haproxy.cfg" in line]
    assert _living(fake) == [(new, "running")]


def test_another_projects_container_under_the_same_name_gets_no_requests_and_is_told() -> None:
    fake, old, new = _ground()
    fake.edge.foreign = ["10.9.9.9"]
    assert any(s.address == "10.9.9.9" and s.state is SlotState.READY for s in fake.edge.slots())
    began = fake.clock.monotonic()

    _step(new, old).run(fake.context)

    states = {s.address: s.state for s in fake.edge.slots()}
    [ours] = fake.docker.of_service("app")
    assert (states["10.9.9.9"], states[ours.address]) == (SlotState.MAINTENANCE, SlotState.READY)
    assert any("10.9.9.9" in line for line in fake.reporter.warned)
    assert fake.edge.last_resort == frozenset({ours.address}), "nor where no check passes"
    assert fake.clock.monotonic() - began < EDGE_CHECK_SECONDS, "its address never goes away, and is not waited for"
