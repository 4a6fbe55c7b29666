"""Large tables that are loaded frozen come back as they were, and what goes wrong in one of them ends the restore."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from deploy.adapters.backups import archive_list
from deploy.adapters.backups.production import PgRestores
from deploy.adapters.backups.restoring import Restorer
from deploy.adapters.backups.verifying import client_of
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.scratch.container_server import container_server, find_server_image
from deploy.model.backups import Backup
from deploy.model.errors import InterruptedByOperator, StepFailed
from deploy.model.restores import restoring_name
from tests.integration.backups.site import Site, ask, run
from tests.integration.backups.test_restore_faults import AT, Filling, backup, require_whole, restores
from tests.integration.backups.test_shapes import fill
from tests.integration.backups.waiting import wait_for

pytestmark = pytest.mark.postgres
__all__ = ["backup", "restores"]  # fixtures
LOADING = "FROM pg_stat_activity WHERE datname = $1 AND application_name = 'psql' AND query LIKE '%FREEZE%'"
# Set by an index build from the visibility map: how much of a table nobody has to look at again.
FROZEN = "SELECT relpages > 0 AND relallvisible = relpages FROM pg_class WHERE oid = $1::text::regclass"


@pytest.fixture(autouse=True)
def _every_table_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each table whose name needs no quotes, however small it is."""
    monkeypatch.setattr(archive_list, "LEAST_BYTES", 0)


@pytest.fixture
def restored(site: Site) -> Iterator[Restored]:
    made = Restored(site)
    yield made
    made.door.drop_database(made.address.database_name)
    made.door.close()


class Restored:
    """A database beside the live one, filled as a restore of production fills it."""

    def __init__(self, site: Site) -> None:
        self.address = replace(site.address, database_name=restoring_name(site.address.database_name, AT))
        self.said: list[str] = []
        self.door = PgRestores(site.directory, site.address, tuple, lambda: None, None)

    def fill(self, made: Backup) -> None:
        name = self.address.database_name
        self.door.create_database(name, made.name, has_owner=True)
        self.door.fill_database(name, made.name, has_owner=True, say=self.said.append, is_stop_requested=lambda: False)

    def ask(self, question: str, *values: object) -> object:
        return ask(self.address, question, *values)


def test_whatever_a_database_holds_comes_back_equal(each_site: Site) -> None:
    fill(each_site)

    assert each_site.problems(each_site.create()) == ()


def test_values_that_look_like_the_end_of_the_rows_come_back(site: Site) -> None:
    site.run(
        "CREATE TABLE odd (id int PRIMARY KEY, words text)",
        r"INSERT INTO odd VALUES (1, E'\\.'), (2, E'\n\\.\n'), (3, ''), (4, NULL), (5, E'\r\n\t\\N'), (6, repeat('ä', 3000000))",
        r"INSERT INTO odd VALUES (7, 'COPY public.odd (id) FROM stdin;'), (8, E'\\echo loaded'), (9, 'COMMIT;')",
        "INSERT INTO odd SELECT n, repeat(md5(n::text), n % 90) FROM generate_series(10, 9000) n",
        "CREATE TABLE empty (id int)",
    )

    assert site.problems(site.create()) == ()


def test_a_line_feed_in_a_columns_name_is_no_obstacle(site: Site, restored: Restored) -> None:
    site.run('CREATE TABLE odd (id int, "a\nb" text)', "INSERT INTO odd VALUES (1, 'COPY x FROM stdin;'), (2, NULL)")
    backup = site.create()

    restored.fill(backup)

    assert restored.ask("SELECT count(*) FROM odd") == 2
    assert site.problems(backup) == ()


def test_a_loaded_table_is_frozen_and_its_keys_hold(site: Site, restored: Restored) -> None:
    site.run(
        "CREATE TABLE customers (id int PRIMARY KEY, name text)",
        "INSERT INTO customers SELECT n, md5(n::text) FROM generate_series(1, 20000) n",
        "CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers)",
        "INSERT INTO orders SELECT n, n FROM generate_series(1, 20000) n",
    )

    restored.fill(site.create())

    assert {"restored: public.customers", "restored: public.orders"} <= set(restored.said), "the operator waits"
    assert restored.ask(FROZEN, "customers")
    assert restored.ask(FROZEN, "orders")
    assert restored.ask("SELECT bool_and(convalidated) FROM pg_constraint WHERE contype = 'f'")
    with pytest.raises(Exception, match="orders_customer_id_fkey"):
        run(restored.address, "INSERT INTO orders VALUES (0, 0)")


def test_a_materialized_view_that_reads_a_table_through_a_function_has_its_rows(site: Site, restored: Restored) -> None:
    """PostgreSQL does not know what a function reads: it must be filled when everything else is there."""
    site.run(
        "CREATE TABLE a (n int PRIMARY KEY)", "INSERT INTO a SELECT generate_series(1, 100000)",
        "CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT sum(n) FROM public.a); END'",
        "CREATE MATERIALIZED VIEW sums AS SELECT public.total() AS n",
    )

    restored.fill(site.create())

    assert restored.ask("SELECT n FROM sums") == site.ask("SELECT n FROM sums") == 5000050000


def begun(site: Site, restores: PgRestores, backup: Backup) -> Filling:
    filling = Filling(site, restores, backup)
    filling.start()
    maintenance = replace(site.address, database_name="postgres")
    wait_for(lambda: ask(maintenance, f"SELECT count(*) {LOADING}", filling.name_of_new) == 1, "the table is loaded")
    return filling


def test_a_session_that_is_ended_fails_the_restore(site, restores, backup):
    filling = begun(site, restores, backup)

    ask(
        replace(site.address, database_name="postgres"), f"SELECT pg_terminate_backend(pid) {LOADING}",
        filling.name_of_new,
    )
    filling.join(timeout=60)

    assert isinstance(filling.error, StepFailed)
    assert filling.error.reference == "restore-failed"
    assert ask(replace(site.address, database_name=filling.name_of_new), "SELECT count(*) FROM t") == 0
    require_whole(site, restores, filling)


def test_a_stop_is_heard_while_rows_are_loaded(site, restores, backup):
    filling = begun(site, restores, backup)

    filling.is_stopped = True
    filling.join(timeout=60)

    assert isinstance(filling.error, InterruptedByOperator)
    maintenance = replace(site.address, database_name="postgres")
    wait_for(lambda: ask(maintenance, f"SELECT count(*) {LOADING}", filling.name_of_new) == 0, "no session is left")
    require_whole(site, restores, filling)


def test_an_archive_that_breaks_off_in_a_table_leaves_none_of_its_rows(site: Site, restored: Restored) -> None:
    """Checksums find that before a restore begins; this is what holds where the disk fails after them.

    A single column of text: half a row is a row too, and psql takes the end of its input for the end of the rows.
    """
    site.run("CREATE TABLE notes (words text)", "INSERT INTO notes SELECT md5(n::text) FROM generate_series(1, 90000) n")
    made = site.create()
    archive = site.directory / made.name / "database.dump"
    restored.door.create_database(restored.address.database_name, made.name, has_owner=True)
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    restorer = Restorer(site.backups.find_client(site.major), site.address, print, lambda: False)

    with pytest.raises(StepFailed) as raised:
        restorer.restore(archive, restored.address.database_name, tables=made.manifest.content.tables)

    assert raised.value.reference == "restore-failed"
    assert "loading public.notes failed" in raised.value.what
    assert restored.ask("SELECT count(*) FROM notes") == 0


@pytest.mark.docker
def test_a_server_in_a_container_loads_its_tables_inside_of_it(
    site: Site, backup: Backup, tmp_path: Path
) -> None:
    engine = docker.from_env()
    image = find_server_image(engine, site.major)
    assert image is not None, "scripts/build-base-image.sh"
    with container_server(engine, image, settings={}, is_private=True) as server:
        address = DatabaseAddress(server.address, server.port, server.user, "postgres")
        restorer = Restorer(client_of(server), address, print, lambda: False)
        run(address, "CREATE DATABASE inside")

        restorer.restore(
            site.directory / backup.name / "database.dump", "inside", tables=backup.manifest.content.tables
        )

        inside = replace(address, database_name="inside")
        assert ask(inside, "SELECT count(*) FROM t") == site.ask("SELECT count(*) FROM t")
        assert ask(inside, FROZEN, "t")
    engine.close()
