"""A backup waits for what works on the same database, or ends with 5; and another service's backup counts as one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.site import Site, locked_table, wait_for, wait_for_step

pytestmark = pytest.mark.docker

TOKEN = "a-token-of-the-service"
EXTERNAL_NAME = "20260102-030405F"


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """What it printed, up to the first line with these words in it."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            return "".join(lines)
    raise AssertionError(f"it never said {words!r}: {''.join(lines)}")


def names(site: Site) -> list[str]:
    return [path.name for path in site.backups()]


def test_a_backup_ends_with_5_beside_a_migration_or_waits_for_it_and_says_for_whom(running_site: Site) -> None:
    site = running_site
    site.write_settings(DEPLOY_CHECK="measured")  # read as text only, the migration would get a backup of its own
    reference = site.push("v2")
    with locked_table(site, "orders"):
        migrating = site.start("--auto-migrate", "--image", reference)
        wait_for_step(site, migrating, "migrate-database")
        refused = site.deploy("backup", "create")
        waiting = site.start("backup", "create", "--wait", "120")
        said = read_until(waiting, "waiting, at most")
        assert migrating.poll() is None, "it still migrates"
    output, _ = migrating.communicate(timeout=120)
    more, _ = waiting.communicate(timeout=120)
    assert refused.exit_code == 5, refused.output
    assert f"pid {migrating.pid}" in refused.output
    assert f"pid {migrating.pid}" in said
    assert migrating.returncode == 0, output
    assert waiting.returncode == 0, more
    [backup] = site.json("backup", "list")["backups"]
    assert backup["revisions"] == ["0007"], "it began when the migration had ended"


MIGRATING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'alembic lock'"
BY_HAND = ["docker", "compose", "-f", "docker-compose.prod.yml", "--profile", "migration", "up", "migration"]


def test_neither_a_backup_nor_a_deployment_begins_beside_a_migration_by_hand(running_site: Site) -> None:
    site = running_site
    reference = site.push("v2")
    site.must("--skip-migrate", "--image", reference)
    with locked_table(site, "orders"):
        migrating = subprocess.Popen(
            BY_HAND, cwd=site.directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        wait_for(lambda: site.sql(MIGRATING) == "1", 60, "the migration is under way")
        refused = site.deploy("backup", "create")
        also_refused = site.deploy("--auto-migrate", "--backup", "--image", reference)
        waiting = site.start("backup", "create", "--wait", "120")
        said = read_until(waiting, "waiting, at most")
        assert migrating.poll() is None, "it still migrates"
    output, _ = migrating.communicate(timeout=120)
    more, _ = waiting.communicate(timeout=120)
    assert (refused.exit_code, also_refused.exit_code) == (5, 5), refused.output + also_refused.output
    assert "a migration of database" in refused.output
    assert "a migration of database" in said
    assert migrating.returncode == 0, output
    assert waiting.returncode == 0, more
    [backup] = site.json("backup", "list")["backups"]
    assert backup["revisions"] == ["0007"], "it began when the migration had ended"


@contextmanager
def held_elsewhere(site: Site) -> Iterator[None]:
    """Another machine works on this database."""
    from deploy.adapters.postgres.address import parse_database_url
    from deploy.adapters.postgres.database import PostgresDatabase

    other = PostgresDatabase(parse_database_url(site.settings["DEPLOY_DATABASE_URL"]))
    other.take_deployment_lock()
    try:
        yield
    finally:
        other.close()


def test_a_backup_waits_no_longer_than_it_was_told_and_goes_on_when_the_lock_is_free(running_site: Site) -> None:
    site = running_site
    with held_elsewhere(site):
        refused = site.deploy("--backup", "--wait", "8")
        assert refused.exit_code == 5, refused.output
        assert "waiting, at most" in refused.output
        assert names(site) == []
        waiting = site.start("--backup", "--wait", "120")
        read_until(waiting, "waiting, at most")
    output, _ = waiting.communicate(timeout=120)
    assert waiting.returncode == 0, output
    assert len(names(site)) == 1


def test_two_backups_at_once_are_one_after_the_other_or_the_second_ends_with_5(running_site: Site) -> None:
    site = running_site
    with locked_table(site, "orders", "ACCESS EXCLUSIVE"):
        first = site.start("backup", "create")
        wait_for_step(site, first, "back-up-database")
        refused = site.deploy("backup", "create")
        second = site.start("backup", "create", "--wait", "120")
        said = read_until(second, "waiting, at most")
    outputs = [process.communicate(timeout=120)[0] for process in (first, second)]
    assert refused.exit_code == 5, refused.output
    assert f"pid {first.pid}" in refused.output
    assert f"pid {first.pid}" in said
    assert [first.returncode, second.returncode] == [0, 0], outputs
    assert len(names(site)) == 2
    assert all(not name.startswith(".") for name in names(site))


def service(site: Site, answer: str, exit_code: int = 0) -> None:
    """A backup service of the operator's, with a token among its words."""
    program = Path(site.directory) / "newest-backup"
    program.write_text(f"#!/bin/sh\necho \"asked with $1\" >&2\necho '{answer}'\nexit {exit_code}\n")
    program.chmod(0o755)
    site.write_settings(DEPLOY_BACKUP_EXTERNAL=f'"{program} --token={TOKEN}"')


def proof(finished_at: datetime) -> str:
    return json.dumps({"name": EXTERNAL_NAME, "finished_at": finished_at.isoformat()})


def test_another_services_fresh_backup_is_recorded_and_the_deployment_goes_on_without_pg_dump(running_site: Site) -> None:
    site = running_site
    service(site, proof(datetime.now(UTC) - timedelta(hours=1)))
    done = site.must("--auto-migrate", "--backup", "--image", site.push("v2"))
    assert site.revision() == "0007"
    assert names(site) == []
    steps = {step["name"]: step for step in site.json("history")["deployments"][0]["steps"]}
    assert EXTERNAL_NAME in steps["back-up-database"]["detail"]
    assert TOKEN not in done.output


def test_another_services_backup_that_is_not_proven_stops_the_deployment_before_anything(running_site: Site) -> None:
    site = running_site
    before = site.app_state()
    now = datetime.now(UTC)
    reference = site.push("v2")
    answers = {"old": (proof(now - timedelta(days=3)), 0), "failed": (proof(now), 7), "silent": ("", 0)}
    for kind, answer in answers.items():
        service(site, *answer)
        done = site.deploy("--auto-migrate", "--backup", "--image", reference)
        assert done.exit_code == 1, (kind, done.output)
        assert "external backup" in done.output, kind
        assert TOKEN not in done.output, kind
        assert (site.revision(), site.app_state(), names(site)) == ("0006", before, []), kind
