"""The server runs out of room or dies in the middle of a restore: the live database is whole, a second attempt does it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.adapters.backups.production import PgRestores
from deploy.checks.restored_content import content_problems
from deploy.model.backups import Backup, DatabaseContent
from deploy.model.errors import DeployError, StepFailed
from deploy.model.restores import restoring_name
from tests.integration.backups.disks import leave_room, reachable_directory, small_disk
from tests.integration.backups.own_server import MAJOR, OwnServer, own_server
from tests.integration.backups.site import Site, never, run, silent
from tests.integration.backups.test_restore_faults import AT, Filling, begin

pytestmark = pytest.mark.postgres
TABLES = (
    "CREATE TABLE t (id int PRIMARY KEY, noise text)",
    "INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, 400000) n", "CREATE INDEX ON t (noise)",
    "CREATE TABLE small (id serial PRIMARY KEY, word text)", "INSERT INTO small (word) VALUES ('a'), ('b')",
    "CHECKPOINT",
)
NAME = restoring_name("shop", AT)
MEGABYTES = 1_000_000


class Ground:
    """A live database, its backup, and a restore of it."""

    def __init__(self, server: OwnServer, site: Site) -> None:
        self.server, self.site = server, site
        self.backup: Backup = site.create()
        self.before = self.live()

    @property
    def restores(self) -> PgRestores:
        """Made anew: nothing is remembered between two attempts."""
        return PgRestores(self.site.directory, self.site.address, tuple, lambda: None, None)

    def live(self) -> DatabaseContent:
        """Counts and hashes of the live database."""
        return self.restores.content("shop", ["public.t", "public.small"])

    def attempt(self) -> None:
        """What the step does."""
        self.restores.create_database(NAME, self.backup.name, has_owner=True)
        self.restores.fill_database(
            NAME, self.backup.name, has_owner=True, say=silent, is_stop_requested=never
        )

    def names(self) -> set[str]:
        return {database.name for database in self.restores.databases()}

    def require_second_attempt_does_it(self) -> None:
        assert self.live() == self.before
        self.attempt()
        found = self.restores.content(NAME, ["public.t", "public.small"])
        assert content_problems(self.backup.manifest.content, found) == ()
        assert self.live() == self.before


@pytest.fixture
def reachable() -> Iterator[Path]:
    with reachable_directory() as place:
        yield place


def make_ground(server: OwnServer, directory: Path) -> Ground:
    run(server.address, "CREATE DATABASE shop")
    site = Site(replace(server.address, database_name="shop"), MAJOR, directory)
    site.run(*TABLES)
    return Ground(server, site)


@pytest.fixture
def ground(reachable: Path, tmp_path: Path) -> Iterator[Ground]:
    with own_server(reachable) as server:
        yield make_ground(server, tmp_path / "backups")


def require_clear(error: DeployError, next_step: str) -> None:
    """One sentence, and what comes next."""
    assert "\n" not in error.what
    assert "Traceback" not in error.what
    assert next_step in error.hint


def test_a_full_disk_of_the_server_ends_in_words_and_with_room_it_is_restored(reachable, tmp_path):
    disk = reachable / "disk"
    with small_disk(disk, "1g"), own_server(disk) as server:
        ground = make_ground(server, tmp_path / "backups")
        leave_room(disk, 25 * MEGABYTES)

        with pytest.raises(StepFailed) as caught:
            ground.attempt()

        assert caught.value.reference == "no-room-to-restore"
        require_clear(caught.value, "make room")
        assert NAME in ground.names()
        assert ground.live() == ground.before

        ground.restores.drop_database(NAME)  # what the undo does, on a disk that is still full

        assert NAME not in ground.names()
        leave_room(disk, 300 * MEGABYTES)
        ground.require_second_attempt_does_it()


def test_a_full_disk_of_the_write_ahead_log_kills_the_server_and_with_room_it_is_restored(reachable, tmp_path):
    disk = reachable / "disk"
    with small_disk(disk, "1g"), own_server(reachable) as server:
        ground = make_ground(server, tmp_path / "backups")
        server.end(signal.SIGINT)
        server.move_log_of_writes(disk / "wal")
        server.start()
        leave_room(disk, 20 * MEGABYTES)

        with pytest.raises(StepFailed) as caught:
            ground.attempt()

        require_clear(caught.value, "the same command again")
        leave_room(disk, 300 * MEGABYTES)
        server.start_unless_it_recovers()
        ground.require_second_attempt_does_it()


@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGKILL])
def test_a_server_that_dies_in_the_middle_ends_in_words_and_started_again_it_is_restored(ground, how):
    filling: Filling = begin(ground.site, ground.restores, ground.backup)

    ground.server.end(how)
    filling.join(timeout=60)

    assert isinstance(filling.error, StepFailed)
    assert filling.error.reference == "restore-failed"
    require_clear(filling.error, "the same command again")
    with pytest.raises(DeployError) as caught:
        ground.restores.drop_database(NAME)
    require_clear(caught.value, "is it up")
    ground.server.start()
    assert NAME in ground.names()
    ground.require_second_attempt_does_it()


def test_what_is_taken_back_waits_for_a_server_that_recovers_by_itself(ground):
    filling: Filling = begin(ground.site, ground.restores, ground.backup)

    ground.server.kill_one_session("pg_restore")
    filling.join(timeout=60)
    ground.restores.drop_database(NAME)  # at once, while it still recovers

    assert isinstance(filling.error, StepFailed)
    require_clear(filling.error, "the same command again")
    assert NAME not in ground.names()
    ground.require_second_attempt_does_it()
