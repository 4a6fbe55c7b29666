"""`rollback --with-schema` killed anywhere: `resume` completes it; `abort` takes it back, or says what differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.engine.abort_plan import abort_deployment
from deploy.engine.run_plan import run_deployment
from deploy.model.deployments import Actor, Plan
from deploy.model.errors import EXIT_DONE, EXIT_NOT_UNDONE
from deploy.model.releases import Image, Release, ReleaseState, RevisionKind
from deploy.model.results import DeploymentOutcome
from deploy.planning.plan_schema_rollback import plan_schema_rollback, schema_way
from deploy.steps.registry import runnable_steps
from tests.fakes.fake_docker import ImageBehaviour
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import REPOSITORY, FakeWorld, fake_settings
from tests.unit.steps.test_restore_any_death import Deadly, Fate, Killed

OLD, NEW = f"{REPOSITORY}:release-1", f"{REPOSITORY}:release-2"


class DeadlyButForLogs(Deadly):
    """The migration's log is read by a thread of its own, whose death is not the process's."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._door, name) if name == "follow_logs" else super().__getattr__(name)


class Scene:
    """Release 2 serves at r2, which took away what release 1 needs."""

    def __init__(self, fate: Fate | None = None, *, downgrade_exit_code: int = 0, ends_at: str = "r1") -> None:
        self.fake = fake = FakeWorld("r2")
        self.fate = fate or Fate()

        def downgrade() -> None:
            if fake.docker.command[-2:-1] == ("downgrade",):
                fake.database.change(revision_ids=(ends_at,))

        self.images = {number: fake.docker.add_image(name) for number, name in ((1, OLD), (2, NEW))}
        self.runner = fake.docker.add_image(
            f"{REPOSITORY}:runner", ImageBehaviour(exit_code=downgrade_exit_code, runs_for_looks=1, effect=downgrade)
        )
        for number, head in ((1, "r1"), (2, "r2")):
            image = Image(self.images[number], f"{REPOSITORY}:latest", None, 1000)
            fake.ledger._releases[number] = Release(number, image, (head,), ReleaseState.GOOD, "d0", AT)
        fake.ledger._current = 2
        fake.images.tag(self.images[2], f"{REPOSITORY}:latest")
        fake.compose.up("app", environment={"APP_IMAGE": self.images[2], "RELEASE": "release-2"})
        fake.ledger.begin_deployment(self.plan(), Actor("ann", "host", None), None)
        for door in ("edge", "containers", "compose", "images"):
            setattr(fake, door, DeadlyButForLogs(getattr(fake, door), self.fate))
        fake.ledger.before_write = fake.ledger.after_write = self.fate.chance

    def plan(self) -> Plan:
        fake, graph = self.fake, linear_graph("r1", "r2")
        releases = fake.ledger.releases()
        observed = fake_observed(
            database=fake.database.state, image=None, graph=None, running_containers=fake.containers.list("app"),
            running_image=releases[0].image, running_graph=graph, current_release=releases[0], releases=releases,
        )
        target = releases[1]
        way = schema_way(graph, ("r2",), target, linear_graph("r1"), {"r2": RevisionKind.CONTRACT})
        knowing = replace(releases[0].image, image_id=self.runner)
        return plan_schema_rollback(fake_settings(), observed, target, target.image, knowing, way, "high")

    def go(self, how: str) -> DeploymentOutcome | None:
        deployment = self.fake.ledger.unfinished()
        if deployment is None:
            return None
        self.fake.stop.shields = 0
        steps = runnable_steps(deployment.deployment_id, deployment.plan)
        try:
            if how == "abort":
                return abort_deployment(self.fake.world, deployment, steps)
            return run_deployment(self.fake.world, deployment, steps, is_resume=how == "resume")
        except Killed:
            return None

    def served(self) -> list[str]:
        return [c.image_id for c in self.fake.docker.of_service("app") if c.status == "running"]

    def require_gone_back(self) -> None:
        assert self.fake.database.state.revision_ids == ("r1",)
        assert self.served() == [self.images[1]]
        assert not self.fake.edge.has_page
        two, one = self.fake.ledger.releases()
        assert self.fake.ledger.current_release() == one
        assert two.left is not None

    def require_as_before(self) -> None:
        assert self.fake.database.state.revision_ids == ("r2",)
        assert self.served() == [self.images[2]]
        assert not self.fake.edge.has_page
        current = self.fake.ledger.current_release()
        assert current is not None
        assert (current.number, current.left) == (2, None)


def chances() -> int:
    scene = Scene()
    outcome = scene.go("run")
    assert outcome is not None
    assert outcome.exit_code == EXIT_DONE, outcome.failure_what
    scene.require_gone_back()
    return scene.fate.chances


def test_killed_anywhere_resume_completes_it() -> None:
    total = chances()
    assert total > 20
    for dies_at in range(1, total + 1):
        scene = Scene(Fate(dies_at))
        assert scene.go("run") is None, "it died"
        outcome = scene.go("resume")
        assert outcome is None or outcome.exit_code == EXIT_DONE, (dies_at, outcome.failure_what)
        scene.require_gone_back()


def test_killed_anywhere_abort_takes_it_back_or_says_what_differs() -> None:
    for dies_at in range(1, chances() + 1):
        scene = Scene(Fate(dies_at))
        scene.go("run")
        outcome = scene.go("abort")
        if outcome is None:
            scene.require_gone_back()
        elif outcome.exit_code == EXIT_DONE:
            scene.require_as_before()
        else:
            assert outcome.exit_code == EXIT_NOT_UNDONE
            assert scene.fake.database.state.revision_ids == ("r1",)
            if not scene.fake.edge.has_page:
                assert "release-1 serves" in outcome.differs[0]
                scene.require_gone_back()
                continue
            assert "the maintenance page is on" in outcome.differs
            assert outcome.next_command.startswith("./scripts/deploy.sh restore backup_"), dies_at


def test_a_downgrade_that_changes_nothing_leaves_everything_as_it_was() -> None:
    scene = Scene(downgrade_exit_code=1, ends_at="r2")
    outcome = scene.go("run")
    assert outcome is not None
    assert outcome.exit_code == 1
    scene.require_as_before()


def test_a_downgrade_that_got_somewhere_else_stops_behind_the_page_and_names_the_backup() -> None:
    scene = Scene(downgrade_exit_code=1, ends_at="r1b")
    outcome = scene.go("run")
    assert outcome is not None
    assert outcome.exit_code == EXIT_NOT_UNDONE
    assert scene.fake.edge.has_page
    assert scene.served() == []
    assert outcome.next_command.startswith("./scripts/deploy.sh restore backup_")


@pytest.mark.parametrize("later", [2, 11, 20, 29])
def test_killed_twice_it_still_ends_whole(later: int) -> None:
    for dies_at in range(1, chances() + 1, 3):
        scene = Scene(Fate(dies_at))
        scene.go("run")
        scene.fate.dies_at = scene.fate.chances + later
        scene.go("resume")
        scene.fate.dies_at = None
        outcome = scene.go("resume")
        assert outcome is None or outcome.exit_code == EXIT_DONE, (dies_at, outcome.failure_what)
        scene.require_gone_back()
