"""Killed before or after any call that a restore makes: `resume` completes it, `abort` takes it back whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from deploy.commands.end_state import ObservedEnd, look_at_state
from deploy.engine.abort_plan import abort_deployment
from deploy.engine.run_plan import run_deployment
from deploy.model.backups import DatabaseContent
from deploy.model.deployments import Actor
from deploy.model.observed import Observed
from deploy.model.production import NotKnown
from deploy.model.releases import Image, Release, ReleaseState
from deploy.model.restores import RestoreRequest
from deploy.model.results import DeploymentOutcome
from deploy.planning.plan_restore import plan_restore
from deploy.planning.restored_release import choose_release
from deploy.steps.registry import runnable_steps
from tests.fakes.fake_database import make_backup
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_restores import LIVE
from tests.fakes.fake_world import REPOSITORY, FakeWorld, fake_settings

BACKUP = "backup_shop_20260102T030405Z"
MOST_CALLS = 400


class Killed(BaseException):
    """SIGKILL."""


@dataclass
class Fate:
    """Dies at the n-th chance; there is one before and one after every call."""

    dies_at: int | None = None
    chances: int = 0

    def chance(self, _call: str = "") -> None:
        self.chances += 1
        if self.chances == self.dies_at:
            raise Killed


class Deadly:
    """A door whose every call is two chances to die."""

    def __init__(self, door: Any, fate: Fate) -> None:
        self._door, self._fate = door, fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._door, name)
        if not callable(found):
            return found

        def call(*positional: Any, **named: Any) -> Any:
            self._fate.chance(name)
            answer = found(*positional, **named)
            self._fate.chance(name)
            return answer

        return call


@dataclass
class Scene:
    """One production, and one restore of it."""

    kind: str
    fate: Fate = field(default_factory=Fate)

    def __post_init__(self) -> None:
        running_at = "r2" if self.has_other else "r1"
        self.fake = FakeWorld(running_at)
        fake = self.fake
        self.images = {n: fake.docker.add_image(f"{REPOSITORY}:release-{n}") for n in (1, 2)}
        for number, head in ((1, "r1"), (2, "r2")):
            image = Image(self.images[number], f"{REPOSITORY}:latest", None, 1000)
            fake.ledger._releases[number] = Release(number, image, (head,), ReleaseState.GOOD, "d0", AT)
        self.running = 2 if self.has_other else 1
        fake.ledger._current = self.running
        fake.docker.names[f"{REPOSITORY}:latest"] = self.images[self.running]
        environment = {"APP_IMAGE": self.images[self.running], "RELEASE": f"release-{self.running}"}
        fake.compose.up("app", environment=environment)
        fake.backups.kept[BACKUP] = make_backup(BACKUP)
        if self.kind == "in-place":
            fake.restores.obstacle = "role ann may not create databases"
        if self.kind == "gone":
            del fake.restores.held[LIVE]
        self.before = self.content()
        beginning = look_at_state(fake.world)
        if self.kind == "gone":  # the fake database answers all the same
            gone = NotKnown("there is no such database")
            beginning = replace(beginning, revision_ids=gone, schema=gone)
        fake.ledger.begin_deployment(self.plan(), Actor("ann", "host", None), None, beginning)
        for door in ("restores", "edge", "containers", "compose", "images"):
            setattr(fake, door, Deadly(getattr(fake, door), self.fate))
        fake.ledger.before_write = fake.ledger.after_write = self.fate.chance

    @property
    def has_other(self) -> bool:
        """Whether what runs does not know the backup's revision."""
        return self.kind in {"another-release", "kept-down"}

    @property
    def is_kept_down(self) -> bool:
        return self.kind == "kept-down"

    def plan(self) -> Any:
        fake, request = self.fake, RestoreRequest(BACKUP, keeps_down=self.is_kept_down)
        backup = fake.backups.get(BACKUP)
        running = tuple(fake.containers.list("app"))
        observed = Observed(
            Actor("ann", "host", None), fake.database.state, None, None, running,
            fake.images.find(self.images[self.running]), linear_graph("r1", "r2") if self.running == 2 else linear_graph("r1"),
            fake.ledger.current_release(), fake.ledger.releases(), 3, None, None,
        )
        ground = fake.restores.ground()
        choice = choose_release(observed, backup.manifest, request)
        return plan_restore(fake_settings(), observed, backup, ground, request, choice, AT, has_page=False)

    def content(self) -> DatabaseContent | None:
        held = self.fake.restores.held.get(LIVE)
        return held.content if held else None

    def go(self, how: str) -> DeploymentOutcome | None:
        """One process; None when it died, or nothing is unfinished."""
        deployment = self.fake.ledger.unfinished()
        if deployment is None:
            return None
        steps, world = runnable_steps(deployment.deployment_id, deployment.plan), self.fake.world
        self.fake.stop.shields = 0
        try:
            if how == "abort":
                return abort_deployment(world, deployment, steps, ObservedEnd(world))
            return run_deployment(world, deployment, steps, is_resume=how == "resume", end=ObservedEnd(world))
        except Killed:
            return None

    def running_images(self) -> list[str]:
        return [c.image_id for c in self.fake.docker.of_service("app") if c.status == "running"]

    def require_restored(self) -> None:
        expected = self.fake.backups.get(BACKUP).manifest.content
        assert self.content() == expected
        assert self.running_images() == ([] if self.is_kept_down else [self.images[1]])
        others = {n: c.is_open for n, c in self.fake.restores.held.items() if n != LIVE}
        kept = [] if self.kind in {"in-place", "gone"} else ["shop_before_restore_20260102_030405"]
        assert others == dict.fromkeys(kept, False)
        self.require_served(has_page=self.is_kept_down)

    def require_as_before(self) -> None:
        assert self.content() == self.before
        assert self.running_images() == [self.images[self.running]]
        assert set(self.fake.restores.held) == ({LIVE} if self.before else set())
        assert self.fake.ledger.current_release().number == self.running  # type: ignore[union-attr]
        self.require_served()

    def require_served(self, *, has_page: bool = False) -> None:
        assert self.fake.edge.has_page == has_page
        live = self.fake.restores.held.get(LIVE)
        assert live is None or live.is_open

    def has_returned(self) -> bool:
        """Whether requests were let in to the restored database."""
        return ("edge.set_maintenance", "off") in self.fake.docker.calls


KINDS = ("same-release", "another-release", "in-place", "gone", "kept-down")


def chances_of(kind: str) -> int:
    scene = Scene(kind)
    outcome = scene.go("run")
    assert outcome is not None
    assert outcome.exit_code == 0, outcome.failure_what
    scene.require_restored()
    return scene.fate.chances


@pytest.mark.parametrize("kind", KINDS)
def test_killed_anywhere_resume_completes_it(kind: str) -> None:
    total = chances_of(kind)
    assert 20 < total < MOST_CALLS
    for dies_at in range(1, total + 1):
        scene = Scene(kind, Fate(dies_at))
        assert scene.go("run") is None, "it died"
        outcome = scene.go("resume")
        assert outcome is None or outcome.exit_code == 0, (dies_at, outcome.failure_what)
        scene.require_restored()


@pytest.mark.parametrize("kind", KINDS)
def test_killed_anywhere_abort_takes_it_back_or_says_why_not(kind: str) -> None:
    for dies_at in range(1, chances_of(kind) + 1):
        scene = Scene(kind, Fate(dies_at))
        scene.go("run")
        outcome = scene.go("abort")
        if outcome is None:
            scene.require_restored()  # it died after the last word was written
        elif outcome.exit_code == 0:
            scene.require_as_before()
        else:
            assert outcome.exit_code == 4
            assert outcome.next_command
            assert scene.content() == scene.fake.backups.get(BACKUP).manifest.content
            assert scene.has_returned() or kind == "in-place", dies_at


@pytest.mark.parametrize("kind", KINDS)
def test_killed_twice_it_still_ends_whole(kind: str) -> None:
    total = chances_of(kind)
    for dies_at in range(1, total + 1, 3):
        for later in range(2, 40, 9):
            scene = Scene(kind, Fate(dies_at))
            scene.go("run")
            scene.fate.dies_at = scene.fate.chances + later
            scene.go("resume")
            scene.fate.dies_at = None
            outcome = scene.go("resume")
            assert outcome is None or outcome.exit_code == 0, (dies_at, later, outcome.failure_what)
            scene.require_restored()


FAILURES = ("close_database", "create_database", "fill_database", "apply_properties", "rename_databases")


@pytest.mark.parametrize("kind", ["same-release", "another-release", "kept-down"])
@pytest.mark.parametrize("name", FAILURES)
def test_what_fails_is_taken_back_whole(kind: str, name: str, failing: Callable[[str], Exception]) -> None:
    scene = Scene(kind)
    scene.fake.restores.failures[name] = failing(name)
    outcome = scene.go("run")
    assert outcome is not None
    assert outcome.exit_code == 1, outcome.differs
    scene.require_as_before()


def test_kept_down_it_ends_well_and_says_what_comes_next() -> None:
    outcome = Scene("kept-down").go("run")
    assert outcome is not None
    assert outcome.exit_code == 0
    assert outcome.next_command.startswith("./scripts/deploy.sh --auto-migrate --watch 0 --image ")


@pytest.mark.parametrize("kind", ["same-release", "another-release", "gone", "kept-down"])
def test_what_differs_from_the_manifest_never_takes_the_live_ones_place(kind: str) -> None:
    scene = Scene(kind)
    scene.fake.restores._door.spoils = True
    outcome = scene.go("run")
    assert outcome is not None
    assert outcome.exit_code == 1
    assert outcome.failure_reference == "restore-differs"
    scene.require_as_before()


@pytest.fixture
def failing() -> Callable[[str], Exception]:
    from deploy.model.errors import StepFailed

    return lambda name: StepFailed(f"{name} broke", hint="mend it", reference="database-refused")


def test_the_backups_content_is_another_than_the_live_one() -> None:
    scene = Scene("same-release")
    assert scene.before != scene.fake.backups.get(BACKUP).manifest.content
    assert replace(scene.fake.backups.get(BACKUP)).name == BACKUP
