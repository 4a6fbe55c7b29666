"""Single tables out of a backup beside the live ones, and whole backups into other databases; on real servers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.adapters.backups.production import PgRestores
from deploy.commands.restoring_beside import restore_elsewhere
from deploy.model.backups import Backup
from deploy.model.errors import BlockedError, StepFailed, UsageError
from deploy.model.restores import RestoreRequest, plan_copies
from deploy.settings.schema import Settings
from tests.fakes.fake_world import FakeReporter
from tests.integration.backups.site import Site, ask, never, run, silent

pytestmark = pytest.mark.postgres

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def backup(site: Site) -> Backup:
    site.run(
        "CREATE TYPE side AS ENUM ('buy', 'sell')",
        "CREATE TABLE users (id int PRIMARY KEY)", "INSERT INTO users SELECT generate_series(1, 50)",
        "CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int REFERENCES users, "
        "side side NOT NULL, twice int GENERATED ALWAYS AS (user_id * 2) STORED)",
        "INSERT INTO orders (user_id, side) SELECT n, 'buy' FROM generate_series(1, 50) n",
        'CREATE SCHEMA "Odd.One"', 'CREATE TABLE "Odd.One"."a ""table" (n int)',
        'INSERT INTO "Odd.One"."a ""table" VALUES (7)',
    )
    return site.create()


def bring(site: Site, backup: Backup, *wanted: str) -> Any:
    restores = PgRestores(site.directory, site.address, tuple, lambda: None, None)
    there = tuple(table.name for table in backup.manifest.content.tables)
    copies = plan_copies(wanted, there, AT)
    return restores.bring_tables(backup.name, copies, say=silent, is_stop_requested=never)


def test_tables_come_back_beside_the_live_ones_with_equal_content(site: Site, backup: Backup) -> None:
    site.run("DELETE FROM orders WHERE id > 5")
    found = bring(site, backup, "orders", '"Odd.One"."a ""table"')
    expected = {table.name: (table.rows, table.content_hash) for table in backup.manifest.content.tables}
    assert [(t.rows, t.content_hash) for t in found] == [
        expected["public.orders"], expected['"Odd.One"."a ""table"'],
    ]
    assert site.ask("SELECT count(*) FROM orders") == 5, "the live one is as it was"
    assert site.ask("SELECT count(*) FROM orders_restored_20260102_030405 WHERE side = 'buy' AND twice = user_id * 2") == 50
    links = "SELECT count(*) FROM pg_constraint WHERE conrelid = 'orders_restored_20260102_030405'::regclass AND contype = 'f'"
    assert site.ask(links) == 0


def test_a_table_that_the_backup_has_not_is_refused_and_the_others_are_named(site: Site, backup: Backup) -> None:
    with pytest.raises(BlockedError) as caught:
        bring(site, backup, "orders", "nothing")
    assert "public.users" in caught.value.hint
    assert site.ask("SELECT to_regclass('orders_restored_20260102_030405')") is None


def test_all_of_the_tables_come_or_none(site: Site, backup: Backup) -> None:
    site.run("CREATE TABLE users_restored_20260102_030405 (n int)")
    with pytest.raises(StepFailed, match="already exists"):
        bring(site, backup, "orders", "users")
    assert site.ask("SELECT to_regclass('orders_restored_20260102_030405')") is None


@pytest.fixture
def settings(site: Site, tmp_path: Path) -> Settings:
    address = site.address
    return Settings(
        project_directory=tmp_path, image_repository="example/shop", backup_directory=site.directory,
        database_url=f"postgresql://{address.user}@db.example:{address.port}/{address.database_name}",
        state_directory=tmp_path / "state",
    )


class TestElsewhere:
    def url(self, site: Site, name: str, password: str = "") -> str:
        """The throw-away server listens on a socket only: the URL names its directory, as libpq has it."""
        place = f"host={site.address.host}&port={site.address.port}"
        return f"postgresql://{site.address.user}{password}@/{name}?{place}"

    def test_into_a_database_that_is_made_for_it(self, site: Site, backup: Backup, settings: Settings) -> None:
        name = f"{site.address.database_name}_elsewhere"
        other = replace(site.address, database_name=name)
        try:
            assert restore_elsewhere(settings, RestoreRequest(backup.name), self.url(site, name), FakeReporter()) == ()
            assert ask(other, "SELECT count(*) FROM orders") == 50
            with pytest.raises(BlockedError) as caught:
                restore_elsewhere(settings, RestoreRequest(backup.name), self.url(site, name), FakeReporter())
            assert caught.value.reference == "restore-target-not-empty"
            assert ask(other, "SELECT count(*) FROM orders") == 50
        finally:
            run(replace(site.address, database_name="postgres"), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def test_a_password_in_the_url_is_refused_and_not_repeated(
        self, site: Site, backup: Backup, settings: Settings
    ) -> None:
        with pytest.raises(UsageError) as caught:
            restore_elsewhere(
                settings, RestoreRequest(backup.name), self.url(site, "other", ":hush"), FakeReporter()
            )
        assert "hush" not in caught.value.what + caught.value.hint

    def test_productions_own_database_is_refused(self, site: Site, backup: Backup, settings: Settings) -> None:
        with pytest.raises(UsageError) as caught:
            restore_elsewhere(
                settings, RestoreRequest(backup.name), settings.host_database_url, FakeReporter()
            )
        assert caught.value.reference == "server-is-production"

    def test_what_fails_leaves_no_database_behind(self, site: Site, backup: Backup, settings: Settings) -> None:
        name = f"{site.address.database_name}_elsewhere"
        (site.directory / backup.name / "database.dump").chmod(0o600)
        (site.directory / backup.name / "database.dump").write_bytes(b"PGDMP")
        with pytest.raises(BlockedError):
            restore_elsewhere(settings, RestoreRequest(backup.name), self.url(site, name), FakeReporter())
        maintenance = replace(site.address, database_name="postgres")
        assert ask(maintenance, "SELECT count(*) FROM pg_database WHERE datname = $1", name) == 0
