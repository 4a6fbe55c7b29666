"""What goes wrong in the middle of a restore: it ends in words, the live database is whole, nothing else remains."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from deploy.adapters.backups.production import PgRestores
from deploy.model.backups import Backup
from deploy.model.errors import DeployError, InterruptedByOperator, StepFailed
from deploy.model.restores import restoring_name
from tests.integration.backups.site import Site, ask, run, silent
from tests.integration.backups.waiting import wait_for

pytestmark = pytest.mark.postgres

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ROWS = 400_000


@pytest.fixture
def backup(site: Site) -> Backup:
    site.run(
        "CREATE TABLE t (id int PRIMARY KEY, noise text)",
        f"INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, {ROWS}) n",
        "CREATE INDEX ON t (noise)",
    )
    return site.create()


@pytest.fixture
def restores(site: Site) -> Iterator[PgRestores]:
    made = PgRestores(site.directory, site.address, tuple, lambda: None, None)
    yield made
    made.drop_database(restoring_name(site.address.database_name, AT))
    made.close()


class Filling(threading.Thread):
    """A restore that is under way."""

    def __init__(self, site: Site, restores: PgRestores, backup: Backup) -> None:
        super().__init__()
        self.name_of_new = restoring_name(site.address.database_name, AT)
        self.error: DeployError | None = None
        self.is_stopped = False
        self._restores, self._backup = restores, backup
        restores.create_database(self.name_of_new, backup.name, has_owner=True)

    def run(self) -> None:
        try:
            self._restores.fill_database(
                self.name_of_new, self._backup.name, has_owner=True, say=silent,
                is_stop_requested=lambda: self.is_stopped,
            )
        except DeployError as error:
            self.error = error


SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'pg_restore'"


def begin(site: Site, restores: PgRestores, backup: Backup) -> Filling:
    maintenance = replace(site.address, database_name="postgres")
    filling = Filling(site, restores, backup)
    filling.start()
    wait_for(lambda: ask(maintenance, SESSIONS, filling.name_of_new) > 0, "pg_restore is at work")
    return filling


def require_whole(site: Site, restores: PgRestores, filling: Filling) -> None:
    assert site.ask("SELECT count(*) FROM t") == ROWS
    restores.drop_database(filling.name_of_new)
    assert filling.name_of_new not in {d.name for d in restores.databases()}


def test_a_restore_whose_sessions_the_server_ends_fails_in_words(site, restores, backup):
    filling = begin(site, restores, backup)
    restores.close_database(filling.name_of_new)
    filling.join(timeout=60)
    assert isinstance(filling.error, StepFailed)
    assert filling.error.reference == "restore-failed"
    require_whole(site, restores, filling)


def test_a_stop_is_heard_in_the_middle(site, restores, backup):
    filling = begin(site, restores, backup)
    filling.is_stopped = True
    filling.join(timeout=60)
    assert isinstance(filling.error, InterruptedByOperator)
    require_whole(site, restores, filling)


def test_a_database_that_is_being_filled_can_be_dropped_and_filled_again(site, restores, backup):
    """As `resume` does while the pg_restore of a killed deployment is still at work."""
    filling = begin(site, restores, backup)
    restores.create_database(filling.name_of_new, backup.name, has_owner=True)
    filling.join(timeout=60)
    restores.fill_database(
        filling.name_of_new, backup.name, has_owner=True, say=silent, is_stop_requested=lambda: False
    )
    other = replace(site.address, database_name=filling.name_of_new)
    assert ask(other, "SELECT count(*) FROM t") == ROWS
    assert ask(other, "SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass AND indisvalid") == 2


def test_a_role_that_is_missing_fails_and_no_owner_gets_around_it(site, restores):
    live = site.address.database_name
    run(replace(site.address, database_name="postgres"), "CREATE ROLE leaver_of_test")
    site.run(f"GRANT CREATE ON DATABASE {live} TO leaver_of_test", f"ALTER DATABASE {live} SET work_mem = '6MB'")
    site.run("CREATE TABLE t (id int)", "ALTER TABLE t OWNER TO leaver_of_test")
    backup = site.create()
    site.run("DROP TABLE t")
    site.run(f"REVOKE ALL ON DATABASE {live} FROM leaver_of_test")
    run(replace(site.address, database_name="postgres"), "DROP ROLE leaver_of_test")
    name = restoring_name(site.address.database_name, AT)
    for has_owner in (True, False):
        restores.create_database(name, backup.name, has_owner=True)
        if has_owner:
            with pytest.raises(StepFailed, match="leaver_of_test"):
                restores.fill_database(
                    name, backup.name, has_owner=True, say=silent, is_stop_requested=lambda: False
                )
        else:
            restores.fill_database(name, backup.name, has_owner=False, say=silent, is_stop_requested=lambda: False)
    with pytest.raises(StepFailed, match="leaver_of_test"):
        restores.apply_properties(name, backup.name, has_owner=True)
    restores.apply_properties(name, backup.name, has_owner=False)
    other = replace(site.address, database_name=name)
    assert ask(other, "SELECT count(*) FROM t") == 0
    assert ask(other, "SHOW work_mem") == "6MB"
