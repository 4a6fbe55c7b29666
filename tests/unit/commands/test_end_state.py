"""After an abort or an undo, what served before serves, and "as it was" is said only of what was seen to be so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from deploy.commands.end_state import ObservedEnd, look_at_state
from deploy.engine.abort_plan import abort_deployment
from deploy.engine.run_plan import run_deployment
from deploy.model.containers import SlotState
from deploy.model.database import InvalidIndex
from deploy.model.deployments import Actor, DeploymentState, Mode, Plan, StepState
from deploy.model.end_state import ProjectNames
from deploy.model.errors import BlockedError, InterruptedByOperator, StepFailed
from deploy.model.results import DeploymentOutcome
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.steps.switch_containers import ServedRelease
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_world import REPOSITORY, FakeWorld
from tests.fakes.planned_steps import any_step, switch_containers

AS_IT_WAS = "everything that was changed is as it was"


@dataclass(frozen=True, kw_only=True, eq=False)
class Breaking(Step):
    """A step that does something to the world while it runs, then fails; its undo takes back nothing."""

    ground: Ground

    def is_done(self, context: StepContext[Any]) -> bool:
        return False

    def run(self, context: StepContext[Any]) -> str:
        self.ground.meanwhile()
        raise StepFailed("it broke", hint="mend it", reference="toy-failed")

    def undo(self, context: StepContext[Any]) -> UndoOutcome:
        return self.ground.undo()


class Ground:
    """A production that serves release-1 through the edge, the database at r1."""

    def __init__(self) -> None:
        self.fake = fake = FakeWorld("r1")
        self.image = fake.docker.add_image(f"{REPOSITORY}:latest", ImageBehaviour(0))
        fake.docker.services["edge"].default_image_id = fake.docker.add_image("haproxy:1", ImageBehaviour(0))
        fake.edge._service_name = "edge"
        fake.compose.up("edge", environment={})
        fake.compose.up("app", environment={"APP_IMAGE": self.image, "RELEASE": "release-1"})
        fake.add_release(1, self.image, is_current=True)
        self.step_name = "migrate-database"
        self.undo_error: BlockedError | None = None
        self.meanwhile = lambda: None

    def undo(self) -> UndoOutcome:
        if self.undo_error:
            raise self.undo_error
        return UndoOutcome(True, "nothing to undo")

    def go(self, how: str = "run") -> DeploymentOutcome:
        world = self.fake.world
        step = any_step(self.step_name)
        if self.fake.ledger.unfinished() is None:
            plan = Plan(Mode.AUTO_MIGRATE, (step,), {"release": "release-2"})
            self.fake.ledger.begin_deployment(plan, Actor("ann", "host", None), None, look_at_state(world, "release-2"))
        deployment = self.fake.ledger.unfinished()
        assert deployment is not None
        steps = [Breaking(name=step.name, says="", undo_kind=step.undo_kind, ground=self)]
        if how == "abort":
            return abort_deployment(world, deployment, steps, ObservedEnd(world))
        return run_deployment(world, deployment, steps, is_resume=how == "resume", end=ObservedEnd(world))

    def kill_in_the_step(self) -> None:
        """What a dead process leaves: the plan, the beginning, and a step that was begun."""
        world = self.fake.world
        plan = Plan(Mode.AUTO_MIGRATE, (any_step(self.step_name),), {})
        name = self.fake.ledger.begin_deployment(plan, Actor("ann", "host", None), None, look_at_state(world))
        self.fake.ledger.record_step(name, 0, self.step_name, StepState.BEGUN)

    def stop(self, *services: str) -> None:
        for service in services:
            for container in self.fake.docker.of_service(service):
                container.status, container.exit_code = "exited", 137

    def serving(self) -> list[str]:
        return [c.service_name for c in self.fake.docker.containers if c.status == "running"]


@pytest.fixture
def ground() -> Ground:
    return Ground()


def test_what_was_not_changed_is_seen_to_be_as_it_was(ground: Ground) -> None:
    outcome = ground.go()
    assert (outcome.exit_code, outcome.differs) == (1, ())
    assert f"{AS_IT_WAS}: release-1 serves (1 container), the edge sends it requests, the database is at r1" in (
        outcome.says
    )


@pytest.mark.parametrize("how", ["run", "abort"])
def test_application_and_edge_that_were_stopped_meanwhile_are_started_again(ground: Ground, how: str) -> None:
    ids = {c.container_id for c in ground.fake.docker.containers}
    if how == "abort":
        ground.kill_in_the_step()
        ground.stop("app", "edge")
    else:
        ground.meanwhile = lambda: ground.stop("app", "edge")
    outcome = ground.go(how)
    assert sorted(ground.serving()) == ["app", "edge"]
    assert {c.container_id for c in ground.fake.docker.containers} == ids, "the same containers"
    assert outcome.exit_code == (0 if how == "abort" else 1)
    assert "started again: fake-edge-1, fake-app-2" in outcome.says


def test_an_interrupt_is_looked_at_like_a_failure(ground: Ground) -> None:
    def interrupt() -> None:
        ground.stop("app")
        raise InterruptedByOperator("stopped during the migration", reference="interrupted")

    ground.meanwhile = interrupt
    outcome = ground.go()
    assert (outcome.exit_code, sorted(ground.serving())) == (130, ["app", "edge"])
    assert outcome.says.startswith(f"interrupted; {AS_IT_WAS}: release-1 serves")


def test_containers_that_are_gone_are_made_again_from_the_same_image(ground: Ground) -> None:
    """`docker compose down` by hand."""
    ground.meanwhile = ground.fake.docker.containers.clear
    outcome = ground.go()
    [app] = ground.fake.docker.of_service("app")
    assert (app.image_id, app.labels["surefoot.release"], app.status) == (ground.image, "release-1", "running")
    assert outcome.exit_code == 1


def test_a_slot_that_is_closed_is_opened_for_what_serves_again(ground: Ground) -> None:
    def close() -> None:
        ground.fake.edge.slots()
        for name in ("s1", "s2", "s3", "s4"):
            ground.fake.edge.set_state(name, SlotState.MAINTENANCE)

    ground.meanwhile = close
    assert ground.go().exit_code == 1
    [slot] = [slot for slot in ground.fake.edge.slots() if slot.address]
    assert slot.state is SlotState.READY


def test_an_application_that_does_not_come_back_is_told_and_not_called_as_it_was(ground: Ground) -> None:
    def break_it() -> None:
        ground.stop("app")
        ground.fake.docker.behaviours[ground.image] = ImageBehaviour(None, 0)

    ground.meanwhile = break_it
    outcome = ground.go()
    assert outcome.exit_code == 4
    assert AS_IT_WAS not in outcome.says
    assert any("are healthy, 1 were at the beginning" in line for line in outcome.differs)
    assert outcome.next_command == "./scripts/deploy.sh status"
    assert ground.fake.ledger.deployments(1)[0].state is DeploymentState.NOT_UNDONE


def test_everything_that_differs_is_named(ground: Ground) -> None:
    def change() -> None:
        fake = ground.fake
        new = fake.docker.add_image(f"{REPOSITORY}:release-2", ImageBehaviour(0))
        fake.docker.names[f"{REPOSITORY}:latest"] = new
        fake.docker.create("app", new, {"RELEASE": "release-2"})
        fake.database.change(
            revision_ids=("r2",), table_names=("public.orders", "public.added"),
            invalid_indexes=(InvalidIndex("orders", "ix"),),
        )
        fake.edge.has_page = True

    ground.meanwhile = change
    outcome = ground.go()
    whole = "\n".join(outcome.differs)
    for words in (
        "of release-2", f"{REPOSITORY}:latest names", f"{REPOSITORY}:release-2 names", "database is at r2, was at r1",
        "table public.added is there", "invalid index ix on orders is there", "the maintenance page is on, was off",
    ):
        assert words in whole
    assert (outcome.exit_code, AS_IT_WAS in outcome.says) == (4, False)


def test_with_the_engine_gone_what_is_known_is_said_and_the_rest_is_not_known(ground: Ground) -> None:
    gone = BlockedError("no engine answers", hint="start it", reference="engine-unreachable")

    def die() -> None:
        ground.fake.docker.is_engine_up = False
        ground.undo_error = gone
        ground.fake.database.change(revision_ids=("r2",))

    ground.meanwhile = die
    outcome = ground.go()
    assert "not known: which containers of the application run: no docker engine answers" in outcome.differs
    assert "database is at r2, was at r1" in outcome.differs
    assert (outcome.exit_code, outcome.next_command) == (4, "./scripts/deploy.sh abort")


def test_an_engine_that_killed_everything_and_came_back_is_mended_by_abort(ground: Ground) -> None:
    ground.undo_error = BlockedError("no engine answers", hint="start it", reference="engine-unreachable")
    ground.go()
    ground.undo_error = None
    ground.stop("app", "edge")
    outcome = ground.go("abort")
    assert (outcome.exit_code, sorted(ground.serving())) == (0, ["app", "edge"])


def test_a_database_that_does_not_answer_at_the_end_leaves_it_to_a_later_abort(ground: Ground) -> None:
    def lose() -> None:
        ground.fake.database.failure = BlockedError("it is away", hint="wait", reference="database-unreachable")

    ground.meanwhile = lose
    first = ground.go()
    assert (first.exit_code, first.next_command) == (4, "./scripts/deploy.sh abort")
    assert "whether production is as it was is not known" in first.says
    ground.fake.database.failure = None
    assert ground.go("abort").exit_code == 0


def test_what_another_step_still_owns_is_left_alone(ground: Ground) -> None:
    """A restore that stopped the application and could not be taken back: the database is not the old one."""
    ground.step_name = "switch-containers"
    ground.undo_error = BlockedError("the server is away", hint="wait", reference="database-unreachable")
    ground.meanwhile = lambda: ground.stop("app", "edge")
    ground.go()
    assert ground.serving() == ["edge"]


def test_another_release_that_somebody_started_is_not_mixed_with(ground: Ground) -> None:
    def replace_it() -> None:
        ground.fake.docker.containers.remove(ground.fake.docker.of_service("app")[0])
        other = ground.fake.docker.add_image("other:1", ImageBehaviour(0))
        ground.fake.docker.create("app", other, {"RELEASE": "manual"})

    ground.meanwhile = replace_it
    outcome = ground.go()
    assert len(ground.fake.docker.of_service("app")) == 1
    assert outcome.exit_code == 4


def test_an_edge_that_a_failed_first_deployment_started_is_removed(ground: Ground) -> None:
    ground.fake.docker.containers.clear()
    ground.step_name = "switch-containers"
    ground.meanwhile = lambda: ground.fake.compose.up("edge", environment={})
    outcome = ground.go()
    assert (outcome.exit_code, ground.serving()) == (1, [])


def test_a_deployment_whose_beginning_was_not_recorded_is_not_called_as_it_was(ground: Ground) -> None:
    ground.fake.ledger.begin_deployment(
        Plan(Mode.AUTO_MIGRATE, (any_step("x", ""),), {}), Actor("a", "h", None), None
    )
    outcome = ground.go("abort")
    assert (outcome.exit_code, AS_IT_WAS in outcome.says) == (0, False)


def test_what_did_not_answer_at_the_beginning_is_told_as_not_compared(ground: Ground) -> None:
    away = BlockedError("there is no such database", hint="", reference="database-missing")
    ground.fake.database.failure = away
    outcome = ground.go()
    assert outcome.exit_code == 1
    assert "not compared: at which revision the database is was not seen" in outcome.says


def test_a_resume_that_finds_every_step_done_and_nothing_serving_says_so(ground: Ground) -> None:
    ground.kill_in_the_step()
    name, deployment = next(iter(ground.fake.ledger._deployments.items()))
    planned = switch_containers(ServedRelease(image_id=ground.image, release="release-1"), None)
    ground.fake.ledger._deployments[name] = replace(deployment, plan=replace(deployment.plan, steps=(planned,)))
    ground.stop("app")

    class Done(Breaking):
        def is_done(self, context: StepContext[Any]) -> bool:
            return True

    deployment = ground.fake.ledger._deployments[name]
    world = ground.fake.world
    done = Done(name=planned.name, says="", undo_kind=planned.undo_kind, ground=ground)
    outcome = run_deployment(world, deployment, [done], is_resume=True, end=ObservedEnd(world))
    assert outcome.exit_code == 4
    assert outcome.differs == ("no container of release-1 serves",)


def test_the_names_of_another_project_are_asked_for(ground: Ground) -> None:
    world = replace(ground.fake.world, names=ProjectNames("web", "edge", ""))
    assert look_at_state(world).app == ()
