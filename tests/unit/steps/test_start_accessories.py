"""Absent accessories are started, waited for, never made twice, and left where they are by an undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from deploy.commands.end_state import ObservedEnd, look_at_state
from deploy.engine.run_plan import run_deployment
from deploy.model.containers import Container
from deploy.model.deployments import Actor, Mode, Plan
from deploy.model.errors import InterruptedByOperator, StepFailed
from deploy.steps.registry import runnable_steps
from deploy.steps.start_accessories import StartAccessories
from deploy.steps.switch_containers import ServedRelease
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import FakeWorld
from tests.fakes.planned_steps import switch_containers

QUIET = ImageBehaviour(has_health_check=False)


class Ground:
    """A world whose compose file has a cache and a page."""

    def __init__(self, cache: ImageBehaviour = QUIET, page: ImageBehaviour = QUIET) -> None:
        self.fake = FakeWorld("r1")
        self.docker = self.fake.docker
        for name, behaviour in (("cache", cache), ("page", page)):
            self.docker.add_service(name, self.docker.add_image(f"{name}:1", behaviour))

    def step(self, *services: str) -> StartAccessories:
        return StartAccessories(
            says="", services=services or ("cache", "page"), start_timeout_seconds=20, settle_seconds=5
        )

    def statuses(self) -> dict[str, list[str]]:
        return {name: [c.status for c in self.docker.of_service(name)] for name in ("cache", "page")}


def test_each_runs_afterwards_started_in_order() -> None:
    ground = Ground()
    step = ground.step()
    assert not step.is_done(ground.fake.context)
    assert step.run(ground.fake.context) == "cache, page run"
    assert [call[1] for call in ground.docker.called("compose.up")] == ["cache", "page"]
    assert step.is_done(ground.fake.context)


def test_the_next_one_is_started_when_the_one_before_is_healthy() -> None:
    ground = Ground(cache=ImageBehaviour(healthy_after_looks=5))
    seen: list[str] = []
    started = ground.docker.behaviours[ground.docker.names["page:1"]]

    def look() -> None:
        [cache] = ground.docker.of_service("cache")
        seen.append(ground.docker.look(cache).health.value)

    started.effect = look
    ground.step().run(ground.fake.context)
    assert seen == ["healthy"]


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        (ImageBehaviour(has_health_check=False, exit_code=3, log_lines=("no licence",)), "exit code 3"),
        (ImageBehaviour(has_health_check=False, exit_code=3, runs_for_looks=4, log_lines=("no licence",)), "exit code 3"),
        (ImageBehaviour(healthy_after_looks=None, unhealthy_after_looks=2, log_lines=("no licence",)), "unhealthy"),
        (ImageBehaviour(healthy_after_looks=None, log_lines=("no licence",)), "not ready within 20 s"),
    ],
)
def test_one_that_does_not_come_up_is_named_and_its_log_is_shown(behaviour: ImageBehaviour, says: str) -> None:
    ground = Ground(cache=behaviour)
    with pytest.raises(StepFailed) as caught:
        ground.step("cache").run(ground.fake.context)
    assert caught.value.reference == "accessory-not-ready"
    assert caught.value.what.startswith("cache was started")
    assert says in caught.value.what
    assert "no licence" in ground.fake.reporter.logged


@pytest.mark.parametrize("looks", range(12))
def test_one_that_ends_at_any_moment_of_its_first_seconds_is_noticed(looks: int) -> None:
    ground = Ground(cache=ImageBehaviour(has_health_check=False, exit_code=3, runs_for_looks=looks))
    with pytest.raises(StepFailed, match="exit code 3"):
        ground.step("cache").run(ground.fake.context)


@pytest.mark.parametrize("runs_between", [True, False])
def test_one_that_crashes_again_and_again_is_not_waited_for_to_the_end(runs_between: bool) -> None:
    """Docker starts it again each time; a look may find it running in between."""
    ground = Ground()
    original, looks = ground.fake.containers.list, iter(range(10_000))

    def look(service: str) -> tuple[Container, ...]:
        status = "running" if runs_between else "restarting"
        restarts = next(looks) // 5
        return tuple(replace(c, status=status, restart_count=restarts, exit_code=3) for c in original(service))

    ground.fake.containers.list = look  # type: ignore[method-assign]
    began = ground.fake.clock.monotonic()
    with pytest.raises(StepFailed, match="with exit code 3 each time that it is started"):
        ground.step("cache").run(ground.fake.context)
    assert ground.fake.clock.monotonic() - began < 15


def test_one_that_did_its_work_and_ended_well_is_done() -> None:
    ground = Ground(cache=ImageBehaviour(has_health_check=False, exit_code=0))
    step = ground.step("cache")
    step.run(ground.fake.context)
    assert step.is_done(ground.fake.context)


def test_what_is_there_is_not_made_again() -> None:
    ground = Ground()
    ground.step("cache").run(ground.fake.context)
    [before] = [c.container_id for c in ground.docker.of_service("cache")]
    ground.step().run(ground.fake.context)
    assert [c.container_id for c in ground.docker.of_service("cache")] == [before]


def test_a_killed_start_is_gone_on_with() -> None:
    ground = Ground()
    ground.docker.create("cache", ground.docker.names["cache:1"], {}).status = "created"
    step = ground.step()
    assert not step.is_done(ground.fake.context)
    step.run(ground.fake.context)
    assert ground.statuses() == {"cache": ["running"], "page": ["running"]}


@pytest.mark.parametrize("is_started", [True, False])
def test_an_undo_leaves_what_was_started_and_says_so(is_started: bool) -> None:
    ground = Ground()
    if is_started:
        ground.step("cache").run(ground.fake.context)
    outcome = ground.step().undo(ground.fake.context)
    assert outcome.is_undone
    assert ("left there" in outcome.says and outcome.says.endswith("cache")) is is_started
    assert ground.statuses()["cache"] == (["running"] if is_started else [])


def failing(fake: FakeWorld) -> None:
    fake.docker.fail_next("compose.up", StepFailed("port 80 is taken", hint="free it", reference="compose-up-failed"))


def stopping(fake: FakeWorld) -> None:
    fake.docker.fail_next("compose.up", InterruptedByOperator("stopped", reference="interrupted"))


@pytest.mark.parametrize(("break_", "exit_code"), [(failing, 1), (stopping, 130)])
def test_a_deployment_that_is_taken_back_says_exactly_what_stays(
    break_: Callable[[FakeWorld], None], exit_code: int
) -> None:
    ground = Ground()
    fake = ground.fake
    fake.docker.services["edge"].default_image_id = fake.docker.add_image("haproxy:1", ImageBehaviour(0))
    new = ServedRelease(image_id=fake.docker.add_image("shop:1"), release="release-1")
    plan = Plan(Mode.AUTO_MIGRATE, (ground.step(), switch_containers(new, None)), {})
    beginning = look_at_state(fake.world)
    fake.ledger.begin_deployment(plan, Actor("ann", "host", None), None, beginning)
    deployment = fake.ledger.unfinished()
    assert deployment is not None
    original = fake.compose.up

    def up(service: str, **options: object) -> None:
        if service == "app":
            break_(fake)
        original(service, **options)  # type: ignore[arg-type]

    fake.compose.up = up  # type: ignore[method-assign, assignment]
    outcome = run_deployment(
        fake.world, deployment, runnable_steps(deployment.deployment_id, deployment.plan), is_resume=False,
        end=ObservedEnd(fake.world),
    )
    assert (outcome.exit_code, outcome.differs) == (exit_code, ())
    assert "everything else that was changed is as it was" in outcome.says
    assert "no release owns cache, page: started by this deployment, and left there" in outcome.says
    assert ground.statuses() == {"cache": ["running"], "page": ["running"]}
