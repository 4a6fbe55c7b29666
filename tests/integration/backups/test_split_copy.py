"""A large table that several sessions load comes back as it was, and what goes wrong in one of them ends the restore."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from deploy.adapters.backups import restoring
from deploy.adapters.backups.split_copy import PLAIN_NAME
from deploy.model.backups import TableContent
from deploy.model.errors import InterruptedByOperator, StepFailed
from deploy.model.restores import restoring_name
from tests.integration.backups.site import Site, ask, run
from tests.integration.backups.test_restore_faults import AT, Filling, backup, require_whole, restores
from tests.integration.backups.test_shapes import fill
from tests.integration.backups.waiting import wait_for

pytestmark = pytest.mark.postgres
__all__ = ["backup", "restores"]  # fixtures
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'psql'"
END_ONE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND application_name = 'psql' LIMIT 1"
)


@pytest.fixture(autouse=True)
def _every_table_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three sessions for each table whose name needs no quotes, however small it is."""

    def all_of(tables: Sequence[TableContent], _: int) -> tuple[str, ...]:
        return tuple(table.name for table in tables if PLAIN_NAME.fullmatch(table.name))

    monkeypatch.setattr(restoring, "tables_to_split", all_of)
    monkeypatch.setattr(restoring.os, "cpu_count", lambda: 3)


def test_whatever_a_database_holds_comes_back_equal(each_site: Site) -> None:
    fill(each_site)

    assert each_site.problems(each_site.create()) == ()


def test_values_that_look_like_the_end_of_the_rows_come_back(site: Site) -> None:
    site.run(
        "CREATE TABLE odd (id int PRIMARY KEY, words text)",
        r"INSERT INTO odd VALUES (1, E'\\.'), (2, E'\n\\.\n'), (3, ''), (4, NULL), (5, E'\r\n\t\\N'), (6, repeat('ä', 3000000))",
        "INSERT INTO odd SELECT n, repeat(md5(n::text), n % 90) FROM generate_series(7, 9000) n",
        "CREATE TABLE empty (id int)",
    )

    backup = site.create()

    assert {t.name for t in backup.manifest.content.tables if t.size_bytes > 1_000_000} == {"public.odd"}
    assert site.problems(backup) == ()


def begun(site: Site, restores, backup) -> Filling:
    filling = Filling(site, restores, backup)
    filling.start()
    maintenance = replace(site.address, database_name="postgres")
    wait_for(lambda: ask(maintenance, SESSIONS, filling.name_of_new) == 3, "three sessions load the table")
    return filling


def test_a_session_that_is_ended_fails_the_restore(site, restores, backup):
    filling = begun(site, restores, backup)

    run(replace(site.address, database_name="postgres"), END_ONE.format(name=filling.name_of_new))
    filling.join(timeout=60)

    assert isinstance(filling.error, StepFailed)
    assert filling.error.reference == "restore-failed"
    assert "psql failed" in filling.error.what
    require_whole(site, restores, filling)


def test_a_stop_is_heard_while_rows_are_loaded(site, restores, backup):
    filling = begun(site, restores, backup)

    filling.is_stopped = True
    filling.join(timeout=60)

    assert isinstance(filling.error, InterruptedByOperator)
    maintenance = replace(site.address, database_name="postgres")
    wait_for(lambda: ask(maintenance, SESSIONS, filling.name_of_new) == 0, "no session is left")
    require_whole(site, restores, filling)


def test_a_restored_database_is_whole_with_its_indexes(site, restores, backup):
    name = restoring_name(site.address.database_name, AT)
    restores.create_database(name, backup.name, has_owner=True)

    restores.fill_database(name, backup.name, has_owner=True, say=print, is_stop_requested=lambda: False)

    other = replace(site.address, database_name=name)
    assert ask(other, "SELECT count(*) FROM t") == site.ask("SELECT count(*) FROM t")
    assert ask(other, "SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass AND indisvalid") == 2
