"""A backup takes the live database's place on real servers: what comes along, who is kept out, what is undone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.adapters.backups.production import PgRestores
from deploy.adapters.postgres.address import DatabaseAddress
from deploy.checks.restored_content import content_problems
from deploy.model.backups import Backup
from deploy.model.errors import BlockedError, LockedError, StepFailed
from deploy.model.restores import kept_name, restoring_name
from tests.integration.backups.site import Site, ask, never, run, silent

pytestmark = pytest.mark.postgres

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OWNER = "swap_owner"
READER = "swap_reader"


def restores_of(site: Site, **changes: Any) -> PgRestores:
    return PgRestores(site.directory, replace(site.address, **changes), tuple, lambda: None, None)


def maintenance(site: Site) -> DatabaseAddress:
    return replace(site.address, database_name="postgres")


def names(site: Site) -> tuple[str, str]:
    return restoring_name(site.address.database_name, AT), kept_name(site.address.database_name, AT)


def is_open(site: Site, name: str) -> bool:
    return bool(ask(maintenance(site), "SELECT datallowconn FROM pg_database WHERE datname = $1", name))


def has_database(site: Site, name: str) -> bool:
    return ask(maintenance(site), "SELECT 1 FROM pg_database WHERE datname = $1", name) == 1


def make_roles(site: Site) -> None:
    for name in (OWNER, READER):
        if not ask(maintenance(site), "SELECT 1 FROM pg_roles WHERE rolname = $1", name):
            run(maintenance(site), f"CREATE ROLE {name} LOGIN PASSWORD 'a word'")


def fill(site: Site) -> None:
    name = site.address.database_name
    make_roles(site)
    site.run(
        "CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT now(), text text)",
        "INSERT INTO orders (text) SELECT 'row ' || n FROM generate_series(1, 300) n",
        f"ALTER TABLE orders OWNER TO {OWNER}", f"GRANT SELECT ON orders TO {READER}",
        f"ALTER DATABASE {name} OWNER TO {OWNER}", f"ALTER DATABASE {name} SET work_mem = '7MB'",
        f"ALTER ROLE {READER} IN DATABASE {name} SET statement_timeout = '9s'",
        f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC", f"GRANT CONNECT ON DATABASE {name} TO {READER}",
        f"COMMENT ON DATABASE {name} IS 'the shop''s own'", f"ALTER DATABASE {name} CONNECTION LIMIT 77",
    )


def restored(site: Site, restores: PgRestores, backup: Backup) -> None:
    """What the steps do, up to the swap."""
    new, _ = names(site)
    restores.create_database(new, backup.name, has_owner=True)
    restores.fill_database(new, backup.name, has_owner=True, say=silent, is_stop_requested=never)
    restores.apply_properties(new, backup.name, has_owner=True)


@pytest.fixture
def clean(site: Site) -> Iterator[Site]:
    yield site
    for name in names(site):
        run(maintenance(site), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


PROPERTIES = """
SELECT array[pg_get_userbyid(datdba), datconnlimit::text, shobj_description(oid, 'pg_database'), datcollate,
             array(SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setdatabase = d.oid ORDER BY 1)::text,
             array(SELECT unnest(datacl)::text ORDER BY 1)::text]
  FROM pg_database d WHERE datname = $1
"""


def test_everything_comes_along_and_the_old_database_is_kept_closed(each_site: Site) -> None:
    site = each_site
    fill(site)
    backup, live, (new, old) = site.create(), site.address.database_name, names(site)
    properties = ask(maintenance(site), PROPERTIES, live)
    site.run("DROP TABLE orders", "CREATE TABLE later (n int)", "ALTER DATABASE " + live + " RESET work_mem")
    restores = restores_of(site)
    try:
        restored(site, restores, backup)
        hashed = [t.name for t in backup.manifest.content.tables]
        assert content_problems(backup.manifest.content, restores.content(new, hashed)) == ()
        restores.rename_databases(((live, old), (new, live)), live)
        assert ask(maintenance(site), PROPERTIES, live) == properties
        assert site.ask("SELECT count(*) FROM orders") == 300
        assert site.ask("SELECT to_regclass('later')") is None
        assert site.ask("SELECT tableowner FROM pg_tables WHERE tablename = 'orders'") == OWNER
        assert site.ask("SELECT has_table_privilege($1, 'orders', 'select')", READER)
        assert site.ask("SHOW work_mem") == "7MB"
        assert not is_open(site, old)
        assert not has_database(site, new)
        assert [kept.name for kept in restores.ground().kept] == [old]
        restores.rename_databases(((live, new), (old, live)), live)
        assert site.ask("SELECT to_regclass('later') IS NOT NULL"), "swapped back"
        assert is_open(site, live)
    finally:
        restores.close()
        for name in (new, old):
            run(maintenance(site), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_nobody_gets_into_a_closed_database_not_even_a_superuser(site: Site) -> None:
    restores, live = restores_of(site), site.address.database_name
    run(maintenance(site), f"COMMENT ON DATABASE {live} IS NULL")
    other = _Session(site.address)
    assert restores.close_database(live) >= 1
    assert other.is_ended()
    with pytest.raises(asyncpg.PostgresError):
        site.ask("SELECT 1")
    restores.open_database(live)
    assert site.ask("SELECT 1") == 1


def test_renames_are_one_transaction(clean: Site) -> None:
    site, live, (new, old) = clean, clean.address.database_name, names(clean)
    site.run("CREATE TABLE here (n int)")
    run(maintenance(site), f"CREATE DATABASE {new}")
    with pytest.raises(StepFailed):
        restores_of(site).rename_databases(((live, old), (new, "postgres")), live)
    assert has_database(site, live)
    assert not has_database(site, old)
    restores_of(site).open_database(live)
    assert site.ask("SELECT to_regclass('here') IS NOT NULL")


def test_a_restore_that_outlived_its_deployment_is_ended_with_its_database(clean: Site) -> None:
    new, _ = names(clean)
    run(maintenance(clean), f"CREATE DATABASE {new}")
    session = _Session(replace(clean.address, database_name=new))
    restores_of(clean).drop_database(new)
    assert session.is_ended()
    assert not has_database(clean, new)
    restores_of(clean).drop_database(new)


@pytest.fixture
def role(site: Site) -> Iterator[str]:
    name = f"swap_{secrets.token_hex(4)}"
    run(maintenance(site), f"CREATE ROLE {name} LOGIN PASSWORD 'a word'")
    try:
        yield name
    finally:
        for other in names(site):
            run(maintenance(site), f"DROP DATABASE IF EXISTS {other} WITH (FORCE)")
        run(site.address, f"REASSIGN OWNED BY {name} TO {site.address.user}", f"DROP OWNED BY {name}")
        run(maintenance(site), f"ALTER DATABASE {site.address.database_name} OWNER TO {site.address.user}")
        run(maintenance(site), f"DROP ROLE {name}")


def test_a_role_without_the_rights_is_told_which_one_is_missing(site: Site, role: str) -> None:
    restores = restores_of(site, user=role, password="a word")
    assert "may not create databases" in restores.ground().swap_obstacle
    run(maintenance(site), f"ALTER ROLE {role} CREATEDB")
    assert "does not own" in restores.ground().swap_obstacle
    run(maintenance(site), f"ALTER DATABASE {site.address.database_name} OWNER TO {role}")
    assert restores.ground().swap_obstacle == ""
    session = _Session(site.address)
    assert "may not end the sessions" in restores.ground().swap_obstacle
    session.close()


def test_an_owner_who_is_no_superuser_can_swap(clean: Site, role: str) -> None:
    site, live, (new, old) = clean, clean.address.database_name, names(clean)
    run(maintenance(site), f"ALTER ROLE {role} CREATEDB", f"ALTER DATABASE {live} OWNER TO {role}")
    mine = replace(site.address, user=role, password="a word")
    run(site.address, f"GRANT CREATE ON SCHEMA public TO {role}")
    run(mine, "CREATE TABLE orders (n int)", "INSERT INTO orders VALUES (1)")
    backup = site.create()
    run(mine, "DELETE FROM orders")
    restores = restores_of(site, user=role, password="a word")
    restores.create_database(new, backup.name, has_owner=True)
    restores.fill_database(new, backup.name, has_owner=True, say=silent, is_stop_requested=never)
    restores.apply_properties(new, backup.name, has_owner=True)
    restores.rename_databases(((live, old), (new, live)), live)
    assert ask(mine, "SELECT count(*) FROM orders") == 1
    assert ask(maintenance(site), "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1", live) == role
    restores.rename_databases(((live, new), (old, live)), live)


def test_in_place_brings_rows_back_and_newer_tables_survive(site: Site) -> None:
    fill(site)
    backup = site.create()
    site.run("DELETE FROM orders WHERE id > 10", "CREATE TABLE later AS SELECT 1 AS n")
    restores_of(site).fill_in_place(backup.name, has_owner=True, say=silent, is_stop_requested=never)
    assert site.ask("SELECT count(*) FROM orders") == 300
    assert site.ask("SELECT count(*) FROM later") == 1


def test_in_place_an_ordinary_role_ends_the_sessions_that_it_may(site: Site, role: str) -> None:
    run(maintenance(site), f"GRANT CONNECT ON DATABASE {site.address.database_name} TO {role}")
    mine = _Session(replace(site.address, user=role, password="a word"))
    others = _Session(site.address)
    assert restores_of(site, user=role, password="a word").end_sessions(site.address.database_name) == 1
    assert mine.is_ended()
    assert others.is_there()
    others.close()


def test_in_place_that_fails_leaves_everything_as_it_was(site: Site) -> None:
    fill(site)
    backup = site.create()
    site.run("DELETE FROM orders WHERE id > 10", "CREATE VIEW newest AS SELECT max(id) FROM orders")
    with pytest.raises(StepFailed):  # the view hangs on the table that the restore must drop
        restores_of(site).fill_in_place(backup.name, has_owner=True, say=silent, is_stop_requested=never)
    assert site.ask("SELECT count(*) FROM orders") == 10
    assert site.ask("SELECT max FROM newest") == 10


def test_rows_that_a_backup_has_not_are_counted(site: Site) -> None:
    fill(site)
    since = datetime.now(UTC) + timedelta(hours=1)
    site.run("INSERT INTO orders (at, text) SELECT now() + interval '2 h', 'newer' FROM generate_series(1, 7)")
    newer, missing = restores_of(site).rows_since(("public.orders.at", "orders.nothing"), since)
    assert newer.rows == 7
    assert missing.rows is None
    assert "nothing" in missing.why


def test_two_restores_of_one_database_exclude_each_other(site: Site) -> None:
    first, second = restores_of(site), restores_of(site)
    first.take_lock()
    try:
        with pytest.raises(LockedError):
            second.take_lock()
    finally:
        first.close()
        second.close()


def test_a_damaged_backup_is_found_before_anything_is_touched(site: Site) -> None:
    fill(site)
    backup = site.create()
    archive = Path(site.directory) / backup.name / "database.dump"
    raw = bytearray(archive.read_bytes())
    raw[len(raw) // 2] ^= 1
    archive.chmod(0o600)
    archive.write_bytes(bytes(raw))
    with pytest.raises(BlockedError) as caught:
        restores_of(site).require_readable(backup.name, never)
    assert caught.value.reference == "backup-damaged"


class _Session:
    """Somebody who is connected."""

    def __init__(self, address: DatabaseAddress) -> None:
        import subprocess

        from tests.integration.check.conftest import binaries_of

        self._process = subprocess.Popen(
            [str(binaries_of(15).directory / "psql"), "-h", address.host, "-p", str(address.port), "-U", address.user,
             "-d", address.database_name, "-qAt", "-c", "SELECT 'here'", "-c", "SELECT pg_sleep(60)"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={"PGPASSWORD": address.password, "PATH": "/usr/bin:/bin"},
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "here"

    def is_ended(self) -> bool:
        return self._process.wait(timeout=10) != 0

    def is_there(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
