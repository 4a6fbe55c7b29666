"""Two backups of one database, or a backup beside a deployment: one waits and names the other, or ends as locked."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from deploy.adapters.postgres.database import PostgresDatabase
from deploy.commands.patience import with_patience
from deploy.model.errors import EXIT_LOCKED, LockedError
from tests.integration.backups.site import Site, silent

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
