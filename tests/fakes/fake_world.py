"""All fakes together, on one state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.model.deployments import Actor, Mode, Plan
from deploy.model.doors import World
from deploy.model.end_state import ProjectNames
from deploy.model.errors import InterruptedByOperator
from deploy.model.planned_step import PlannedStep
from deploy.model.releases import Image, Release, ReleaseState
from deploy.model.steps import StepContext
from deploy.model.watching import WatchReport
from deploy.settings.schema import Settings
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_copies import FakeCopies
from tests.fakes.fake_data_checks import FakeDataChecks
from tests.fakes.fake_database import FakeBackups, FakeDatabase
from tests.fakes.fake_disk import FakeDisk
from tests.fakes.fake_docker import FakeCompose, FakeContainers, FakeDocker, FakeEdge, FakeImages
from tests.fakes.fake_http import FakeHttp
from tests.fakes.fake_ledger import AT, FakeLedger
from tests.fakes.fake_migrations import FakeMigrations
from tests.fakes.fake_restores import LIVE, FakeRestores
from tests.fakes.fake_scratch import FakeScratch, FakeSnapshots
from tests.fakes.fake_watch import FakeWatch

REPOSITORY = "example/shop"
DEPLOYMENT_ID = "d0001"


class FakeStop:
    """doors.StopRequest."""

    def __init__(self) -> None:
        self.is_asked = False
        self.shields = 0

    def is_requested(self) -> bool:
        return self.is_asked and self.shields == 0

    def raise_if_requested(self) -> None:
        if self.is_requested():
            raise InterruptedByOperator("interrupted", reference="interrupted")

    @contextmanager
    def shielded(self) -> Iterator[None]:
        self.shields += 1
        try:
            yield
        finally:
            self.shields -= 1


@dataclass
class FakeReporter:
    """doors.Reporter; keeps every line by its kind."""

    said: list[str] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    reports: list[WatchReport] = field(default_factory=list)

    def say(self, line: str) -> None:
        self.said.append(line)

    def log(self, line: str) -> None:
        self.logged.append(line)

    def warn(self, line: str) -> None:
        self.warned.append(line)

    def step_began(self, position: int, total: int, step: PlannedStep, *, is_undo: bool = False) -> None:
        self.said.append(f"{'undo' if is_undo else 'do'} {step.name}")

    def step_ended(
        self, position: int, total: int, step: PlannedStep, *, outcome: str, is_ok: bool, seconds: float,
        is_undo: bool = False,
    ) -> None:
        self.said.append(f"{'ok' if is_ok else 'bad'} {step.name} {outcome}")

    def watched(self, report: WatchReport) -> None:
        self.reports.append(report)


class FakeWorld:
    """The fakes by name, and the `World` that they make. Services: app, edge, migration."""

    def __init__(self, *revision_ids: str) -> None:
        self.docker = FakeDocker()
        self.docker.add_service("app", has_edge_slot=True)
        self.docker.add_service("edge")
        self.docker.add_service("migration", profile="migration")
        self.compose = FakeCompose(self.docker)
        self.images = FakeImages(self.docker)
        self.containers = FakeContainers(self.docker)
        self.edge = FakeEdge(self.docker)
        self.clock = FakeClock()
        self.database = FakeDatabase(*revision_ids)
        self.backups = FakeBackups(self.clock)
        self.copies = FakeCopies(self.backups, self.clock)
        self.restores = FakeRestores(self.backups, self.database)
        held = self.restores.held
        self.backups.tables_of_live = lambda: held[LIVE].content.tables if LIVE in held else ()
        self.migrations = FakeMigrations()
        self.http = FakeHttp()
        self.disk = FakeDisk()
        self.ledger = FakeLedger()
        self.scratch = FakeScratch(self.migrations)
        self.snapshots = FakeSnapshots(self.database)
        self.stop = FakeStop()
        self.reporter = FakeReporter()
        self.watch = FakeWatch(self.docker)
        self.data_checks = FakeDataChecks()

    @property
    def world(self) -> World:
        return World(
            compose=self.compose, images=self.images, containers=self.containers, edge=self.edge,
            database=self.database, backups=self.backups, copies=self.copies, restores=self.restores,
            migrations=self.migrations, http=self.http,
            clock=self.clock, disk=self.disk, ledger=self.ledger, scratch=self.scratch,
            snapshots=self.snapshots, stop=self.stop, reporter=self.reporter, watch=self.watch.doors,
            data_checks=self.data_checks, names=ProjectNames("app", "edge", REPOSITORY),
        )

    @property
    def context(self) -> StepContext:
        return StepContext(self.world, DEPLOYMENT_ID)

    def add_release(self, number: int, image_id: str, *, is_current: bool = False) -> None:
        """A good release in the ledger, its deployment closed."""
        release = Release(
            number, Image(image_id, f"{REPOSITORY}:latest", None, 1000), (), ReleaseState.GOOD, DEPLOYMENT_ID, AT
        )
        self.ledger._releases[number] = release
        if is_current:
            self.ledger._current = number

    def begin(self) -> None:
        """An unfinished deployment in the ledger."""
        self.ledger.begin_deployment(Plan(Mode.AUTO_MIGRATE, (), {}), Actor("ann", "host", None), None)


def fake_settings(**changes: Any) -> Settings:
    """Settings of the fake project."""
    return Settings(
        image_repository=REPOSITORY,
        **{
            "database_url": "postgresql://shop:secret@db/shop", "project_directory": Path("/srv/shop"),
            "watch_minutes": 0, **changes,
        },
    )
