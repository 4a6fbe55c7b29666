"""Deploy windows, the production marker, and the project's data checks around a real migration."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.site import Site

pytestmark = pytest.mark.docker


def closed_now() -> str:
    """A window that is open on another day of the week than today and tomorrow."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    day = days[(datetime.now(UTC) + timedelta(days=3)).weekday()]
    return f'"{day} 20:00-21:00 UTC"'


def write_check(site: Site, name: str, text: str) -> None:
    directory = site.directory / "verify"
    directory.mkdir(exist_ok=True)
    directory.chmod(0o755)
    (directory / name).write_text(text)
    (directory / name).chmod(0o644)


def test_outside_of_a_window_nothing_is_changed_and_a_reason_is_recorded(site: Site) -> None:
    reference = site.push("v1")
    site.write_settings(DEPLOY_WINDOWS=closed_now())

    refused = site.deploy("--auto-migrate", "--image", reference)

    assert refused.exit_code == 3, refused.output
    assert "it opens " in refused.output
    assert site.containers() == []
    assert site.revision() == ""
    planned = site.deploy("--auto-migrate", "--image", reference, "--plan")
    assert planned.exit_code == 0, planned.output
    site.must("--auto-migrate", "--image", reference, "--override-window", "--reason", "users cannot log in")
    (deployment,) = site.json("history")["deployments"]
    assert deployment["summary"]["window_override"] == "users cannot log in"


def test_a_good_release_marks_its_database_as_production(running_site: Site) -> None:
    setting = running_site.sql(
        "SELECT array_to_string(setconfig, ',') FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
        " WHERE d.datname = current_database()"
    )

    assert setting == "surefoot.environment=production"


def test_data_checks_that_hold_let_a_migration_pass(running_site: Site) -> None:
    site = running_site
    write_check(site, "users.sql", "-- name: users never shrink\n-- expect: not shrinking\nSELECT count(*) FROM users")
    write_check(site, "modules.py", "import app.models\n\nasync def check(connection):\n"
                "    assert await connection.fetchval('SHOW transaction_read_only') == 'on'\n")

    done = site.must("--auto-migrate", "--image", site.push("v2"))

    assert "2 data checks hold" in done.output
    assert site.revision() == "0007"
    asked = site.json("verify")
    assert asked["is_ok"]
    assert len(asked["checks"]) == 2


def test_a_data_check_that_fails_after_the_migration_keeps_the_old_release(running_site: Site) -> None:
    site = running_site
    write_check(site, "revision.sql", "-- name: the revision stays\n-- expect: equal before and after\n"
                "SELECT version_num FROM alembic_version")
    before = site.app_state()

    done = site.deploy("--auto-migrate", "--image", site.push("v2"))

    assert done.exit_code == 4, done.output
    assert "the data check 'the revision stays' failed" in done.output
    assert site.app_state() == before
    assert site.revision() == "0007"


def test_a_check_without_a_header_stops_the_deployment_before_anything_is_changed(running_site: Site) -> None:
    site = running_site
    write_check(site, "users.sql", "SELECT count(*) FROM users")
    before = site.app_state()

    done = site.deploy("--auto-migrate", "--image", site.push("v2"))

    assert done.exit_code == 2, done.output
    assert site.app_state() == before
    assert site.revision() == "0006"


def test_answers_are_kept_and_compared_by_hand(running_site: Site) -> None:
    site = running_site
    write_check(site, "users.sql", "-- name: users never shrink\n-- expect: not shrinking\nSELECT count(*) FROM users")
    site.sql("INSERT INTO users (email) SELECT 'u' || n FROM generate_series(1, 5) n")
    kept = site.directory / "before.json"
    site.must("verify", "--save", str(kept))
    site.sql("DELETE FROM users WHERE email = 'u1'")

    done = site.deploy("verify", "--compare", str(kept))

    assert done.exit_code == 1, done.output
    assert "value 5 before, value 4 after" in done.output
    assert json.loads(kept.read_text())["schema"] == "surefoot/data/1"
