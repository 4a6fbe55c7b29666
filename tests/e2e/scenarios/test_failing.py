"""Deployments that go wrong: production is as it was, or the operator is told exactly what differs."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.site import PASSWORD, Site, free_port, locked_table, wait_for, wait_for_step

pytestmark = pytest.mark.docker
# The check saw on its scratch server that the migration fails; what happens where nobody listens?
ALL_THE_SAME = ("--accept-risk", "very-high", "--reason", "to see it fail")


def test_a_failed_migration_leaves_the_old_application_serving(running_site: Site) -> None:
    site = running_site
    before = site.app_state()
    done = site.deploy("--auto-migrate", "--health-check", "--image", site.push("failing-migration"), *ALL_THE_SAME)
    assert done.exit_code == 4, done.output
    assert site.revision() == "0007", "0007 was committed by its own transaction, 0008 was not"
    assert "database is at 0007, was at 0006" in done.output
    assert "alembic downgrade 0006" in done.output
    assert "half" not in site.sql("SELECT string_agg(attname, ',') FROM pg_attribute WHERE attrelid = 'orders'::regclass")
    assert site.app_state() == before
    assert site.health()["release"] == "release-1"


def test_what_a_migration_committed_before_it_failed_is_named_and_the_next_command_removes_it(
    running_site: Site,
) -> None:
    site = running_site
    done = site.deploy("--auto-migrate", "--image", site.push("committing"), *ALL_THE_SAME)
    assert done.exit_code == 4, done.output
    lines = done.output.splitlines()
    assert "differs: column orders.half is there" in lines
    assert "differs: table twice is there" in lines
    assert "differs: index once is there, invalid" in lines
    [error] = [line for line in lines if line.startswith("error: ")]
    assert error.startswith("error: the migration failed: asyncpg.exceptions.UniqueViolationError: could not create")
    [command] = [line.removeprefix("next: ") for line in lines if line.startswith("next: ")]
    removed = site.deploy(*command.split()[1:])
    assert removed.exit_code == 3, "the column is still there, and a person decides about it"
    assert "column orders.half is there" in removed.output
    assert site.sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == "0"


def test_a_migration_that_fails_at_once_is_undone_completely(running_site: Site) -> None:
    site = running_site
    site.must("--auto-migrate", "--image", site.push("v2"))
    before = site.app_state()
    tags = site.image_id("latest"), site.image_id("backup")
    done = site.deploy("--auto-migrate", "--image", site.push("failing-migration"), *ALL_THE_SAME)
    assert done.exit_code == 1, done.output
    assert site.revision() == "0007"
    assert site.app_state() == before
    assert (site.image_id("latest"), site.image_id("backup")) == tags
    assert site.image_id("release-3") is None
    assert site.json("status")["unfinished"] is None


def test_an_image_that_is_never_healthy_is_switched_back(running_site: Site) -> None:
    site = running_site
    site.write_settings(DEPLOY_START_TIMEOUT_SECONDS="4")
    before = site.app_state()
    load = site.load(rate=20, seconds=20)  # a busy machine serves it: what is refused is the switch's fault
    done = site.deploy("--skip-migrate", "--health-check", "--image", site.push("v1-never-healthy"))
    printed, _ = load.communicate(timeout=60)
    assert done.exit_code == 1, done.output
    assert '"failed": 0' in printed
    assert site.app_state() == before, "the old container never stopped"
    assert site.image_id("latest") == site.version_id("v1")
    assert site.image_id("backup") is None
    assert site.deploy("rollback", "--yes").exit_code == 3, "a bad release is never a rollback target"


def test_a_failed_deployment_of_latest_leaves_the_name_on_what_runs(running_site: Site) -> None:
    site = running_site
    site.write_settings(DEPLOY_START_TIMEOUT_SECONDS="4")
    _publish_latest(site, "v1-never-healthy")
    assert site.deploy("--skip-migrate").exit_code == 1
    assert site.image_id("latest") == site.running_image_id() == site.version_id("v1")
    _publish_latest(site, "v2")
    site.write_settings(DEPLOY_START_TIMEOUT_SECONDS="60")
    site.must("--skip-migrate")
    assert site.running_image_id() == site.image_id("latest") == site.version_id("v2")


def _publish_latest(site: Site, version: str) -> None:
    """The registry's `latest` moves; this machine's does not."""
    here = site.platform.client.images.get(f"{site.repository}:latest")
    site.push(version, "latest")
    here.tag(site.repository, "latest")


def test_an_unhealthy_image_after_a_migration_says_what_differs(running_site: Site) -> None:
    site = running_site
    site.write_settings(DEPLOY_START_TIMEOUT_SECONDS="4")
    done = site.deploy("--auto-migrate", "--image", site.push("never-healthy"))
    assert done.exit_code == 4, done.output
    assert site.running_image_id() == site.version_id("v1")
    assert "next: APP_IMAGE=" in done.output
    command = next(line for line in done.output.splitlines() if line.startswith("next: ")).removeprefix("next: ")
    subprocess.run(["bash", "-c", command], cwd=site.directory, check=True, capture_output=True, timeout=120)
    assert site.revision() == "0006", "the printed command does what it says"


def test_a_registry_that_is_down_changes_nothing(running_site: Site) -> None:
    site = running_site
    before = site.app_state()
    done = site.deploy("--skip-migrate", "--image", f"127.0.0.1:{free_port()}/acme/shop:v2")
    assert done.exit_code == 3, done.output
    assert "registry" in done.output
    assert site.app_state() == before
    assert len(site.json("history")["deployments"]) == 1


def test_a_disk_that_fills_during_the_backup_leaves_no_file(running_site: Site, tmp_path: Path) -> None:
    site = running_site
    site.sql(
        "CREATE TABLE noise AS SELECT n, string_agg(md5(random()::text), '') AS text "
        "FROM generate_series(1, 3000) AS n, generate_series(1, 320) GROUP BY n"
    )
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=15m", "tmpfs", str(small)], check=True)
    try:
        site.write_settings(DEPLOY_BACKUP_DIRECTORY=str(small), DEPLOY_RESERVE_DISK_BYTES="0")
        before = site.app_state()
        done = site.deploy("--auto-migrate", "--backup", "--image", site.push("v2"))
        assert done.exit_code == 1, done.output
        assert "No space left" in done.output
        assert list(small.iterdir()) == []
        assert site.app_state() == before
        assert site.revision() == "0006"
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_disk_without_room_is_refused_before_anything_is_changed(running_site: Site) -> None:
    running_site.write_settings(DEPLOY_RESERVE_DISK_BYTES=str(10**15))
    done = running_site.deploy("--auto-migrate", "--backup", "--image", running_site.push("v2"))
    assert done.exit_code == 3, done.output
    assert "free" in done.output


def test_a_second_deployment_at_once_is_refused_and_names_the_first(running_site: Site) -> None:
    site = running_site
    site.push("v2")
    first = site.start("--auto-migrate", "--health-check", "--image", f"{site.repository}:v2")
    wait_for(lambda: (site.directory / ".deploy" / "lock").read_text().find(f'"pid": {first.pid}') >= 0)
    second = site.deploy("--skip-migrate")
    first.communicate(timeout=120)
    assert second.exit_code == 5, second.output
    assert f"pid {first.pid}" in second.output
    assert first.returncode == 0


def test_a_second_deployment_from_elsewhere_is_refused_by_the_database(running_site: Site, tmp_path: Path) -> None:
    site = running_site
    from deploy.adapters.postgres.address import parse_database_url
    from deploy.adapters.postgres.database import PostgresDatabase

    other = PostgresDatabase(parse_database_url(site.settings["DEPLOY_DATABASE_URL"]))
    other.take_deployment_lock()
    try:
        done = site.deploy("--skip-migrate")
    finally:
        other.close()
    assert done.exit_code == 5, done.output


def test_one_interrupt_undoes_and_says_so(running_site: Site) -> None:
    site = running_site
    before_image = site.running_image_id()
    process = site.start("--skip-migrate", "--image", site.push("v1-never-healthy"))
    wait_for_step(site, process, "switch-containers")
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert site.running_image_id() == before_image
    assert site.image_id("backup") is None
    assert site.json("status")["unfinished"] is None


def test_an_interrupt_during_the_migration_rolls_it_back(running_site: Site) -> None:
    site = running_site
    before = site.app_state()
    with locked_table(site, "orders"):
        process = site.start("--auto-migrate", "--image", site.push("v2"))
        wait_for_step(site, process, "migrate-database")
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%'"
        wait_for(lambda: site.sql(waiting) == "1", 30, "the waiting ALTER TABLE")
        os.kill(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=90)
    assert process.returncode == 130, output
    assert site.revision() == "0006"
    assert site.app_state() == before
    [container] = site.containers("migration")
    assert container.status == "exited"
    assert site.sql("SELECT count(*) FROM pg_attribute WHERE attname = 'client_reference'") == "0"


def test_a_table_that_is_busy_for_a_while_only_delays_the_migration(running_site: Site) -> None:
    site = running_site
    with locked_table(site, "orders"):
        process = site.start("--auto-migrate", "--image", site.push("v2"))
        wait_for_step(site, process, "migrate-database")
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%'"
        wait_for(lambda: site.sql(waiting) == "1", 30, "the waiting ALTER TABLE")
        wait_for(lambda: site.sql(waiting) == "0", 30, "the lock time-out")
    output, _ = process.communicate(timeout=90)
    assert process.returncode == 0, output
    assert site.revision() == "0007"


def test_a_table_that_nobody_may_read_keeps_the_check_from_an_answer_and_names_the_holder(running_site: Site) -> None:
    site = running_site
    before = site.app_state()
    with locked_table(site, "orders", "ACCESS EXCLUSIVE"):
        done = site.deploy("--auto-migrate", "--image", site.push("v2"))
    assert done.exit_code == 3, done.output
    assert "orders is locked by" in done.output
    assert (site.app_state(), site.revision()) == (before, "0006")


def test_two_interrupts_leave_at_once_and_abort_works(running_site: Site) -> None:
    site = running_site
    process = site.start("--skip-migrate", "--image", site.push("v1-never-healthy"))
    wait_for_step(site, process, "switch-containers")
    os.kill(process.pid, signal.SIGINT)
    os.kill(process.pid, signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    if process.returncode == 4:
        assert "resume" in output
        site.must("abort")
    else:
        assert process.returncode == 130, output
    assert site.running_image_id() == site.version_id("v1")


def test_a_lost_terminal_does_not_stop_a_deployment(running_site: Site) -> None:
    site = running_site
    process = site.start("--auto-migrate", "--health-check", "--image", site.push("v2"))
    wait_for_step(site, process, "switch-containers")
    os.kill(process.pid, signal.SIGHUP)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=120) == 0
    assert site.running_image_id() == site.version_id("v2")


def test_a_high_risk_is_refused_under_auto_migrate(running_site: Site) -> None:
    site = running_site
    done = site.deploy("--auto-migrate", "--backup", "--image", site.push("dropping"))
    assert done.exit_code == 3, done.output
    assert "very high risk" in done.output
    assert site.revision() == "0006"
    preview = (site.directory / ".deploy" / "migration_preview.sql").read_text()
    assert "-- !! DROP" in preview


def test_a_rollback_past_a_contract_is_refused_with_the_choices(running_site: Site) -> None:
    site = running_site
    words = ("--manual-migrate", "--backup", "--image", site.push("dropping"))
    site.must(*words, "--approve", site.json(*words, "--plan")["plan"]["id"])
    before = site.app_state()
    done = site.deploy("rollback", "--yes")
    assert done.exit_code == 3, done.output
    for choice in ("deploy a repaired image", "rollback --to 1 --with-schema", "backup list"):
        assert choice in done.output
    assert site.app_state() == before


@pytest.mark.parametrize(
    ("change", "words", "exit_code", "named"),
    [
        ({}, ("--no-such-flag",), 2, "--no-such-flag"),
        ({}, (), 2, "no mode"),
        ({}, ("--auto-migrate", "--skip-migrate"), 2, "--auto-migrate and --skip-migrate"),
        ({}, ("rollback", "--to", "abc"), 2, "abc"),
        ({}, ("rollback", "--to", "99"), 3, "release-99"),
        ({}, ("--skip-migrate", "--image", "{repository}:missing"), 3, "missing"),
        ({"EDGE_PORT": "eighty"}, ("--skip-migrate",), 2, "EDGE_PORT"),
        ({"DATABASE_URL": ""}, ("--skip-migrate",), 2, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://x/y", "DEPLOY_DATABASE_URL": ""}, ("--skip-migrate",), 2, "DATABASE_URL"),
        ({"DEPLOY_DATABASE_URL": "postgresql://auto_trader:wrong@127.0.0.1:{port}/x"}, ("--skip-migrate",), 3, "password"),
        ({"DEPLOY_DATABASE_URL": f"postgresql://auto_trader:{PASSWORD}@127.0.0.1:{{port}}/nope"}, ("--backup",), 3, "nope"),
        ({"DEPLOY_DATABASE_URL": "postgresql://a:b@127.0.0.1:1/x"}, ("--backup",), 3, "127.0.0.1:1"),
        ({"DEPLOY_COMPOSE_FILES": "missing.yml"}, ("--skip-migrate",), 2, "missing.yml"),
        ({"DEPLOY_APP_SERVICE": "web"}, ("--skip-migrate",), 3, "web"),
    ],
)
def test_bad_input_gets_one_clear_error(
    site: Site, change: dict[str, str], words: tuple[str, ...], exit_code: int, named: str
) -> None:
    port = str(site.platform.database_port)
    site.write_settings(**{name: value.replace("{port}", port) for name, value in change.items()})
    done = site.deploy(*(word.replace("{repository}", site.repository) for word in words))
    assert done.exit_code == exit_code, done.output
    errors = [line for line in done.output.splitlines() if line.startswith("error:")]
    assert len(errors) == 1, done.output
    assert named in errors[0]


def test_a_malformed_env_file_names_its_line(site: Site) -> None:
    (site.directory / ".env").write_text("A=1\nthis is not a setting\n")
    done = site.deploy("--skip-migrate")
    assert done.exit_code == 2
    assert ".env line 2" in done.output


def test_an_engine_that_is_gone_is_said(site: Site) -> None:
    done = site.deploy("--skip-migrate", environment={"DOCKER_HOST": "unix:///nonexistent.sock"})
    assert done.exit_code == 3, done.output
    assert "Docker engine" in done.output


def test_an_invalid_compose_file_is_said(site: Site) -> None:
    (site.directory / "docker-compose.prod.yml").write_text("services: [")
    done = site.deploy("--skip-migrate")
    assert done.exit_code == 2, done.output
    assert "compose file" in done.output
