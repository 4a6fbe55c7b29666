"""A release is good when its watch has passed; what follows when it has not; and who may end it."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.commands.ending_watch import end_watch, may_end_watch
from deploy.engine.run_plan import run_deployment
from deploy.model.deployments import Actor, DeploymentState, Mode, Plan, StepState
from deploy.model.errors import BlockedError, HandedOver, InterruptedByOperator, StepFailed
from deploy.model.machine import MachineUse
from deploy.model.notices import NoticeKind
from deploy.model.releases import ReleaseState
from deploy.steps.measure_before import MeasureBefore
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_http import answer
from tests.fakes.fake_world import DEPLOYMENT_ID, FakeWorld
from tests.fakes.planned_steps import promote_release, watch_release

LATEST = "example/shop:latest"


class Ground:
    """Release 2 serves, release 1 was before, and the watch of release 2 is about to begin."""

    def __init__(self, *, stays_because: str = "", minutes: float = 1) -> None:
        self.fake = FakeWorld("r1")
        self.image_id = self.fake.docker.add_image("example/shop:new", ImageBehaviour(has_health_check=False))
        self.fake.docker.add_image(LATEST)
        self.fake.docker.create("app", self.image_id, {})
        self.fake.edge.slots()
        self.fake.http.handler = lambda _url: answer()
        self.fake.add_release(1, "sha256:old", is_current=True)
        self.fake.add_release(2, self.image_id)
        self.fake.ledger.set_release_state(2, ReleaseState.CANDIDATE)
        self.step = watch_release(
            image_id=self.image_id, seconds=minutes * 60, latest_reference=LATEST, stays_because=stays_because
        )
        plan = Plan(Mode.AUTO_MIGRATE, (self.step,), {})
        self.fake.ledger.begin_deployment(plan, Actor("ann", "host", None), None)
        self.began()

    def began(self) -> None:
        self.fake.ledger.record_step(DEPLOYMENT_ID, 0, "watch-release", StepState.BEGUN)

    def at_second(self, second: float, effect: Any) -> None:
        def on_sleep(_seconds: float) -> None:
            if self.fake.clock.monotonic() >= second:
                effect()

        self.fake.clock.on_sleep = on_sleep

    def fail_requests(self) -> None:
        self.fake.edge.failed += 10

    @property
    def current(self) -> int:
        current = self.fake.ledger.current_release()
        assert current is not None
        return current.number


def test_a_quiet_watch_passes_after_its_time_and_is_not_repeated() -> None:
    ground = Ground(minutes=2)
    assert not ground.step.is_done(ground.fake.context)
    ground.step.run(ground.fake.context)
    assert ground.fake.clock.monotonic() == pytest.approx(120, abs=5)
    assert ground.step.is_done(ground.fake.context)
    assert ground.fake.watch.lock.history == ["free", "take"]
    assert ground.fake.watch.notices.sent == []
    assert len(ground.fake.reporter.reports) == 25


def test_the_lock_is_free_while_it_watches_and_held_again_before_it_acts() -> None:
    ground = Ground()
    seen: list[bool] = []
    ground.at_second(1, lambda: seen.append(ground.fake.watch.lock.is_held))
    ground.step.run(ground.fake.context)
    assert seen
    assert not any(seen)
    assert ground.fake.watch.lock.is_held


def test_the_ledger_names_what_runs_while_it_is_watched() -> None:
    ground = Ground()
    seen: list[int] = []
    ground.at_second(1, lambda: seen.append(ground.current))
    ground.step.run(ground.fake.context)
    assert set(seen) == {2}


def test_a_breach_fails_the_step_within_three_samples_and_is_told_to_people() -> None:
    ground = Ground()
    ground.at_second(20, ground.fail_requests)
    with pytest.raises(StepFailed, match="5xx") as caught:
        ground.step.run(ground.fake.context)
    assert caught.value.reference == "watch-breached"
    assert ground.fake.clock.monotonic() <= 35
    assert ground.fake.watch.lock.is_held
    [notice] = ground.fake.watch.notices.sent
    assert notice.kind is NoticeKind.WATCH_BREACHED
    assert not ground.step.is_done(ground.fake.context)


def _be_busy(ground: Ground) -> None:
    """Others take every core, and everything comes late."""
    fake = ground.fake
    fake.http.handler = lambda _url: None
    now = fake.clock.monotonic()
    fake.watch.machine.use = MachineUse(2, 2 * now, 0.0, {"cpu": 0.9 * now})


def test_a_machine_that_is_busy_to_the_end_ends_the_watch_without_an_answer_and_the_release_is_not_good() -> None:
    ground = Ground(minutes=2)
    _be_busy(ground)
    ground.at_second(0, lambda: _be_busy(ground))
    says = ground.step.run(ground.fake.context)
    assert "no answer" in says
    assert "every core is busy" in says
    assert ground.fake.clock.monotonic() == pytest.approx(240, abs=6)
    assert ground.step.is_done(ground.fake.context)
    [notice] = ground.fake.watch.notices.sent
    assert notice.kind is NoticeKind.WATCH_UNDECIDED
    context = ground.fake.context
    promote_release(ground.image_id, latest_reference=LATEST).run(context)
    assert ground.current == 2
    assert ground.fake.ledger.releases()[0].state is ReleaseState.CANDIDATE
    found = ground.fake.world.images.find(LATEST)
    assert found is not None
    assert found.image_id == ground.image_id
    [remark] = context.remarks
    assert "could not tell" in remark
    assert "./scripts/deploy.sh --skip-migrate --health-check --watch" in remark


def test_one_bad_sample_alone_is_no_breach() -> None:
    ground = Ground()
    done: list[int] = []

    def once() -> None:
        if not done:
            done.append(1)
            ground.fail_requests()

    ground.at_second(20, once)
    ground.step.run(ground.fake.context)
    assert done
    assert any(report.findings for report in ground.fake.reporter.reports)


def test_undo_lets_the_release_before_come_back_where_it_is_known_to_work() -> None:
    ground = Ground()
    ground.fake.ledger.set_current_release(2)
    assert ground.step.undo(ground.fake.context).is_undone
    assert ground.current == 1
    assert ground.step.undo(ground.fake.context).is_undone


def test_undo_stops_with_the_choices_where_it_is_not_known() -> None:
    ground = Ground(stays_because="release-1 is not known to work with revision r2")
    outcome = ground.step.undo(ground.fake.context)
    assert not outcome.is_undone
    assert "r2" in outcome.says
    assert "fix forward" in outcome.says
    assert ground.current == 2
    latest = ground.fake.images.find(LATEST)
    assert latest is not None
    assert latest.image_id == ground.image_id


def test_an_operators_stop_ends_the_watch_with_the_lock_held() -> None:
    ground = Ground()
    ground.at_second(10, lambda: setattr(ground.fake.stop, "is_asked", True))
    with pytest.raises(InterruptedByOperator):
        ground.step.run(ground.fake.context)
    assert ground.fake.watch.lock.is_held
    assert ground.fake.clock.monotonic() < 15


def test_a_new_deployment_ends_the_watch_and_the_watcher_leaves_without_undoing() -> None:
    ground = Ground()
    world = ground.fake.world

    def take_over() -> None:
        unfinished = world.ledger.unfinished()
        if unfinished:
            assert may_end_watch(world, unfinished, Mode.AUTO_MIGRATE)
            end_watch(world, Mode.AUTO_MIGRATE)

    ground.at_second(10, take_over)
    deployment = world.ledger.deployment(DEPLOYMENT_ID)
    assert deployment is not None
    outcome = run_deployment(world, deployment, [ground.step], is_resume=True)
    assert outcome.exit_code == 0
    assert "taken" in outcome.says or "took" in outcome.says
    ended = world.ledger.deployment(DEPLOYMENT_ID)
    assert ended is not None
    assert ended.state is DeploymentState.DONE
    assert "ended early" in ended.outcome
    assert ended.steps[-1].state is StepState.BEGUN
    assert ground.current == 2
    assert {r.number: r.state for r in world.ledger.releases()}[2] is ReleaseState.CANDIDATE
    assert any("ends that watch" in line for line in ground.fake.reporter.warned)


def test_a_backup_alone_does_not_end_a_watch() -> None:
    ground = Ground()
    unfinished = ground.fake.ledger.unfinished()
    assert unfinished is not None
    with pytest.raises(BlockedError, match="watched"):
        may_end_watch(ground.fake.world, unfinished, Mode.BACKUP_ONLY)


def test_a_deployment_that_is_going_back_is_not_one_that_is_watched() -> None:
    ground = Ground()
    ground.fake.ledger.record_step(DEPLOYMENT_ID, 0, "watch-release", StepState.UNDO_BEGUN)
    unfinished = ground.fake.ledger.unfinished()
    assert unfinished is not None
    assert not may_end_watch(ground.fake.world, unfinished, Mode.AUTO_MIGRATE)


def test_the_end_waits_for_a_command_that_only_holds_the_lock_for_a_while() -> None:
    ground = Ground()
    ground.fake.watch.lock.other_tries = 4
    ground.step.run(ground.fake.context)
    assert ground.fake.watch.lock.is_held
    assert any("waiting" in line for line in ground.fake.reporter.said)


def test_an_abort_meanwhile_is_left_to_the_abort() -> None:
    ground = Ground()
    ground.at_second(
        10, lambda: ground.fake.ledger.record_step(DEPLOYMENT_ID, 0, "watch-release", StepState.UNDO_BEGUN)
    )
    with pytest.raises(HandedOver):
        ground.step.run(ground.fake.context)
    assert not ground.fake.watch.lock.is_held


def test_what_was_usual_before_is_measured_once_and_kept() -> None:
    ground = Ground()
    ground.fake.edge.answered, ground.fake.edge.average_ms = 10_000, 42
    step = MeasureBefore(says="", service="app", url="", seconds=6, others=())
    assert not step.is_done(ground.fake.context)
    assert "42 ms" in step.run(ground.fake.context)
    assert step.is_done(ground.fake.context)
    assert ground.fake.watch.records.load(DEPLOYMENT_ID)["before"]["average_ms"] == 42
    assert step.undo(ground.fake.context).is_undone


def test_a_watch_that_passed_keeps_what_was_measured_before() -> None:
    ground = Ground()
    ground.fake.watch.records.save(DEPLOYMENT_ID, {"before": {"failed_percent": 30.0}})

    def as_bad_as_before() -> None:
        ground.fail_requests()
        ground.fake.edge.answered += 30

    ground.at_second(20, as_bad_as_before)
    ground.step.run(ground.fake.context)
    assert ground.fake.watch.records.load(DEPLOYMENT_ID)["before"] == {"failed_percent": 30.0}
