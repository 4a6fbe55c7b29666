"""Two backups of one database, or a backup beside a deployment or a migration: one waits and names the other, or ends
as locked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from deploy.adapters.backups.counting import Counting
from deploy.adapters.postgres.connection import LoopThread, connect
from deploy.adapters.postgres.database import PostgresDatabase
from deploy.adapters.postgres.migration_lock import MIGRATION_LOCK_KEY
from deploy.commands.patience import with_patience
from deploy.model.errors import EXIT_LOCKED, LockedError
from migrations.migration_lock import LOCK_KEY
from tests.integration.backups.site import Site, never, silent
from tests.integration.backups.waiting import wait_for

pytestmark = pytest.mark.postgres


@pytest.fixture
def holder(site: Site):
    """Another machine's deployment of the same database."""
    database = PostgresDatabase(site.address)
    database.take_deployment_lock()
    yield database
    database.close()


@pytest.fixture
def ours(site: Site):
    database = PostgresDatabase(site.address)
    yield database
    database.close()


def lock_holder_pid(site: Site) -> int:
    return int(site.ask(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ))


def test_the_second_ends_as_locked_and_names_the_first(site, holder, ours):
    pid = lock_holder_pid(site)
    with pytest.raises(LockedError) as caught:
        with_patience(ours.take_deployment_lock, 0, silent)

    assert caught.value.exit_code == EXIT_LOCKED
    assert f"pid {pid}" in caught.value.what


def test_the_second_waits_aloud_and_goes_on_when_the_first_ends(site, holder, ours):
    pid, said = lock_holder_pid(site), []

    def say(line: str) -> None:
        said.append(line)
        threading.Thread(target=holder.release_deployment_lock).start()

    with_patience(ours.take_deployment_lock, 60, say)

    assert len(said) == 1
    assert f"pid {pid}" in said[0]
    assert lock_holder_pid(site) != pid


def test_a_backup_of_another_database_does_not_wait(site, holder):
    other = PostgresDatabase(replace(site.address, database_name="postgres"))
    try:
        other.take_deployment_lock()
    finally:
        other.close()
    assert lock_holder_pid(site) > 0


@pytest.fixture
def migration(site: Site) -> Iterator[int]:
    """One that was started by hand holds its lock; its pid."""
    loop = LoopThread()
    connection = loop.run(connect(site.address))
    loop.run(connection.execute(f"SELECT pg_advisory_lock({LOCK_KEY})"))
    yield connection.get_server_pid()
    loop.run(connection.close())
    loop.close()


def test_the_lock_that_is_looked_at_is_the_one_that_migrations_hold():
    assert MIGRATION_LOCK_KEY == LOCK_KEY


def test_a_deployment_beside_a_migration_ends_as_locked_and_names_it(ours, migration):
    ours.take_deployment_lock()

    with pytest.raises(LockedError, match=f"a migration .* pid {migration} ") as caught:
        ours.require_no_migration()

    assert caught.value.exit_code == EXIT_LOCKED


def test_no_backup_is_taken_beside_a_migration(site, migration):
    with pytest.raises(LockedError, match=f"pid {migration} "):
        site.create()

    assert site.left_behind() == []


def test_a_migration_waits_until_the_backup_has_its_rows(site):
    def may_migrate() -> bool:
        return bool(site.ask("SELECT pg_try_advisory_lock($1)", LOCK_KEY))

    with Counting(site.address, 0, never), Counting(site.address, 0, never):
        assert not may_migrate()
    wait_for(may_migrate, "the lock is free")


def test_a_backup_is_no_migration(site, ours):
    with Counting(site.address, 0, never):
        ours.require_no_migration()
