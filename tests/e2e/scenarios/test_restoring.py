"""A restore on a real production: nobody sees anything but 200 and 503, and everything is as it was backed up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.site import PASSWORD, ROOT, Done, Site, moments

pytestmark = pytest.mark.docker

# How scripts/load.py names a 503: the maintenance page says when to come back, the edge by itself does not.
CLOSED = {"status 503", "status 503 with Retry-After"}
TABLES = ("users", "orders", "strategies", "alembic_version", "schema_window", "invoices")


def content_of(site: Site) -> dict[str, str]:
    """Rows and a hash of each table, read by psql and not by the product."""
    query = "SELECT count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {} t"
    return {name: one_row(site, query.format(name)) for name in TABLES}


def one_row(site: Site, query: str) -> str:
    """A count is never empty: an empty answer is the engine's, which loses an exec's output now and then."""
    for _ in range(5):
        if answer := site.sql(query):
            return answer
    raise AssertionError(query)


def filled(site: Site) -> str:
    """Rows, then a backup; returns its name."""
    site.sql("INSERT INTO users (email) SELECT 'before' || n FROM generate_series(1, 500) n")
    site.sql(
        "INSERT INTO orders (user_id, symbol, side, quantity) "
        "SELECT id, 'ABC', 'buy', 1 FROM users ORDER BY id LIMIT 300"
    )
    site.sql("CREATE TABLE invoices AS SELECT n, md5(n::text) AS text FROM generate_series(1, 2000) n")
    site.must("backup", "create")
    return newest(site)


def newest(site: Site) -> str:
    return str(site.json("backup", "list")["backups"][0]["name"])


def lose(site: Site) -> None:
    """As people lose it: a table is gone, rows are gone, new ones are there."""
    site.sql("DROP TABLE invoices")
    site.sql("DELETE FROM orders")
    site.sql("DELETE FROM users")
    site.sql("INSERT INTO users (email) VALUES ('after')")


def restore(site: Site, name: str, *words: str, fault: str = "") -> Done:
    environment = {}
    if fault:
        environment = {
            "SUREFOOT_FAULT": fault, "SUREFOOT_ROOT": str(ROOT),
            "PYTHONPATH": str(ROOT / "tests" / "e2e" / "faults"),
        }
    return site.deploy("restore", name, "--confirm", site.name, *words, environment=environment)


def databases(site: Site) -> list[str]:
    query = f"SELECT datname FROM pg_database WHERE datname LIKE '{site.name}%' ORDER BY 1"
    return site.platform.sql(query).splitlines()


def old_databases(site: Site) -> list[str]:
    return [name for name in databases(site) if "_before_restore_" in name]


@pytest.fixture(autouse=True)
def no_database_remains(site: Site) -> Any:
    yield
    for name in databases(site):
        if name != site.name:
            site.platform.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def test_a_restore_under_load_answers_200_or_503_and_brings_everything_back(running_site: Site) -> None:
    site = running_site
    site.platform.sql(f"ALTER DATABASE \"{site.name}\" SET work_mem = '5MB'")
    site.platform.sql(f"COMMENT ON DATABASE \"{site.name}\" IS 'the shop'")
    name = filled(site)
    expected = content_of(site)
    lose(site)
    load = site.load(rate=60, seconds=25)
    done = restore(site, name)
    printed, _ = load.communicate(timeout=60)
    assert done.exit_code == 0, done.output
    sent = json.loads(printed)
    assert set(sent["failures"]) <= CLOSED, f"{sent} {done.output}"
    assert sent["failed"] < sent["sent"], "it was answered again after the restore"
    restored = content_of(site)
    assert {k: v for k, v in restored.items() if k != "users"} == {k: v for k, v in expected.items() if k != "users"}
    assert site.sql("SELECT count(*) FROM users WHERE email LIKE 'before%'") == "500"
    assert site.sql("SELECT count(*) FROM users WHERE email = 'after'") == "0"
    assert site.sql("SHOW work_mem") == "5MB"
    comment = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    assert site.sql(comment) == "the shop"
    assert site.health()["status"] == "ok"
    [old] = old_databases(site)
    assert site.platform.sql(f"SELECT datallowconn FROM pg_database WHERE datname = '{old}'") == "f"
    assert site.deploy("restore", "discard").exit_code == 3, "the name must be said"
    site.must("restore", "discard", old, "--confirm", old)
    assert databases(site) == [site.name]


STEPS = (
    "begin-maintenance", "restore-database", "compare-database", "swap-databases", "check-health", "end-maintenance",
)
INSIDE = (
    "page-switched", "database-closed", "database-created", "pg-restore-started", "database-filled",
    "properties-applied", "databases-renamed",
)
FAULTS = [f"{moment}:{step}" for step in STEPS for moment in ("before", "begun", "done")]
FAULTS += [f"inside:{call}" for call in INSIDE]
CHOSEN_RESUMED = ("inside:pg-restore-started",)
CHOSEN_ABORTED = ("inside:databases-renamed", "done:end-maintenance")
# The page is off: users may have written into the restored database.
RETURNED = {"done:end-maintenance"}


def is_open(site: Site, name: str) -> bool:
    return site.platform.sql(f"SELECT datallowconn FROM pg_database WHERE datname = '{name}'") == "t"


def killed(site: Site, fault: str) -> tuple[dict[str, str], dict[str, str]]:
    """What was backed up, and what was there before the restore that died."""
    name = filled(site)
    expected = content_of(site)
    site.sql("DELETE FROM orders")
    before = content_of(site)
    done = restore(site, name, fault=fault)
    assert done.exit_code == -9, done.output
    return expected, before


@pytest.mark.parametrize("fault", moments(FAULTS, CHOSEN_RESUMED))
def test_a_killed_restore_is_finished_by_resume(running_site: Site, fault: str) -> None:
    site = running_site
    expected, _ = killed(site, fault)
    if fault != "before:begin-maintenance":
        assert site.deploy("--skip-migrate").exit_code == 3
    site.must("resume")
    assert content_of(site) == expected
    assert len(databases(site)) == 2, "the live one and the old one, nothing half filled"
    assert not is_open(site, old_databases(site)[0])
    assert site.health()["status"] == "ok"
    assert site.deploy("resume").exit_code == 3


@pytest.mark.parametrize("fault", moments(FAULTS, CHOSEN_ABORTED))
def test_a_killed_restore_is_taken_back_by_abort(running_site: Site, fault: str) -> None:
    site = running_site
    expected, before = killed(site, fault)
    done = site.deploy("abort")
    assert done.exit_code == (4 if fault in RETURNED else 0), done.output
    assert content_of(site) == (expected if fault in RETURNED else before)
    assert len(databases(site)) == (2 if fault in RETURNED else 1)
    assert is_open(site, site.name)
    assert site.health()["status"] == "ok"


def test_the_release_that_knows_the_restored_revision_serves_again(running_site: Site) -> None:
    site = running_site
    name = filled(site)
    expected = content_of(site)
    site.must("--auto-migrate", "--health-check", "--image", site.push("v2"))
    assert site.revision() == "0007"
    load = site.load(rate=60, seconds=30)
    done = restore(site, name)
    printed, _ = load.communicate(timeout=60)
    assert done.exit_code == 0, done.output
    assert set(json.loads(printed)["failures"]) <= CLOSED, printed
    assert site.revision() == "0006"
    assert site.running_image_id() == site.version_id("v1") == site.image_id("latest")
    assert site.health()["release"] == "release-1"
    assert site.json("status")["release"] == "release-1"
    users = expected.pop("users")
    assert users.startswith("500 ")
    assert {table: text for table, text in content_of(site).items() if table != "users"} == expected
    assert len(site.serving_slots()) == 1


@pytest.mark.parametrize(
    "fault",
    moments(
        ["inside:databases-renamed", "begun:swap-databases", "done:promote-release"], ["inside:databases-renamed"]
    ),
)
def test_killed_while_releases_change_abort_brings_the_newer_one_back(running_site: Site, fault: str) -> None:
    site = running_site
    name = filled(site)
    site.must("--auto-migrate", "--health-check", "--image", site.push("v2"))
    before = content_of(site)
    assert restore(site, name, fault=fault).exit_code == -9
    site.must("abort")
    assert content_of(site) == before
    assert site.revision() == "0007"
    assert site.running_image_id() == site.version_id("v2") == site.image_id("latest")
    assert site.health()["release"] == "release-2"
    assert databases(site) == [site.name]


def test_in_place_brings_rows_back_after_a_fresh_backup(running_site: Site) -> None:
    site = running_site
    name = filled(site)
    expected = content_of(site)
    lose(site)
    done = restore(site, name, "--in-place")
    assert done.exit_code == 0, done.output
    assert content_of(site) == expected
    assert newest(site) != name, "what it replaced was backed up first"
    assert databases(site) == [site.name]
    assert site.health()["status"] == "ok"


def test_without_the_databases_name_nothing_is_changed(running_site: Site) -> None:
    site = running_site
    name = filled(site)
    lose(site)
    before, containers = content_of_lost(site), site.app_state()
    assert site.deploy("restore", name).exit_code == 3
    assert site.deploy("restore", name, "--confirm", "another").exit_code == 3
    site.must("restore", name, "--plan")
    assert site.deploy("restore", "backup_nothing_20260102T030405Z", "--confirm", site.name).exit_code == 3
    assert content_of_lost(site) == before
    assert site.app_state() == containers
    assert databases(site) == [site.name]
    assert site.deploy("resume").exit_code == 3


def test_a_printed_plan_is_approved_later_by_its_id_and_once_only(running_site: Site) -> None:
    site = running_site
    name = filled(site)
    expected = content_of(site)
    lose(site)
    before = content_of_lost(site)
    plan = site.json("restore", name, "--plan")["plan"]
    assert (plan["needs_approval"], plan["name_to_type"]) == ("typed", site.name)
    refused = site.deploy("restore", name, "--yes")
    assert refused.exit_code == 3, refused.output
    assert f"restore {name} --approve {plan['id']}" in refused.output, "the whole command that comes next"
    other = site.deploy("restore", name, "--approve", plan["id"], environment={"DEPLOY_DRAIN_TIMEOUT_SECONDS": "7"})
    assert other.exit_code == 3, other.output
    assert "setting DEPLOY_DRAIN_TIMEOUT_SECONDS changed since" in other.output
    assert content_of_lost(site) == before
    site.must("restore", name, "--approve", plan["id"])
    assert content_of(site) == expected
    again = site.deploy("restore", name, "--approve", plan["id"])
    assert again.exit_code == 3, again.output
    assert "the last deployment" in again.output
    assert content_of(site) == expected


def content_of_lost(site: Site) -> str:
    return site.sql("SELECT count(*) || ' ' || max(email) FROM users")


def test_a_database_that_is_gone_comes_back(running_site: Site) -> None:
    site = running_site
    name = filled(site)
    expected = content_of(site)
    site.platform.sql(f'DROP DATABASE "{site.name}" WITH (FORCE)')
    done = restore(site, name)
    assert done.exit_code == 0, done.output
    assert content_of(site) == expected
    assert databases(site) == [site.name]
    assert site.health()["status"] == "ok"


def test_single_tables_come_back_beside_the_live_ones_while_the_application_serves(running_site: Site) -> None:
    site = running_site
    name = filled(site)
    lose(site)
    containers = site.app_state()
    site.must("restore", name, "--tables", "invoices,orders")
    tables = site.sql("SELECT tablename FROM pg_tables WHERE tablename ~ '_restored_' ORDER BY 1").splitlines()
    assert [table.partition("_restored_")[0] for table in tables] == ["invoices", "orders"]
    assert [one_row(site, f"SELECT count(*) FROM {table}") for table in tables] == ["2000", "300"]
    assert one_row(site, "SELECT count(*) FROM orders") == "0"
    assert site.app_state() == containers
    assert databases(site) == [site.name]


def test_into_another_database_production_is_not_touched(running_site: Site) -> None:
    site = running_site
    name = filled(site)
    lose(site)
    containers = site.app_state()
    port, other = site.platform.database_port, f"{site.name}_copy"
    url = f"postgresql://auto_trader@127.0.0.1:{port}/{other}"
    site.must("restore", name, "--to-url", url, environment={"PGPASSWORD": PASSWORD})
    assert site.platform.sql("SELECT count(*) FROM invoices", other) == "2000"
    assert one_row(site, "SELECT count(*) FROM orders") == "0"
    assert site.app_state() == containers
    again = site.deploy("restore", name, "--to-url", url, environment={"PGPASSWORD": PASSWORD})
    assert again.exit_code == 3, again.output


def test_kept_down_the_data_is_back_and_the_deployment_that_is_named_brings_it_up(running_site: Site) -> None:
    site = running_site
    name = filled(site)
    site.must("--auto-migrate", "--image", site.push("v2"))
    lose(site)
    done = restore(site, name, "--keep-down")
    assert done.exit_code == 0, done.output
    assert site.containers() == []
    assert site.revision() == "0006"
    assert site.sql("SELECT count(*) FROM users WHERE email LIKE 'before%'") == "500"
    assert any("maintenance page is ON" in problem for problem in site.json("status")["problems"])
    [said] = [line for line in done.output.splitlines() if line.startswith("next: ")]
    site.must(*said.removeprefix("next: ./scripts/deploy.sh ").split())
    assert site.running_image_id() == site.version_id("v2")
    assert site.revision() == "0007"
    site.must("maintenance", "off")
    assert site.health()["status"] == "ok"
