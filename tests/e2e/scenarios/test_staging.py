"""Staging beside production (D13), and the page of a deployment (D12): the same tool, another file of variables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.environments import TwoEnvironments
from tests.e2e.site import Done, Platform, Site

pytestmark = pytest.mark.docker


@pytest.fixture
def two(platform: Platform, tmp_path: Path) -> Iterator[TwoEnvironments]:
    two = TwoEnvironments(platform, tmp_path)
    try:
        yield two
    finally:
        two.remove()


def must(done: Done) -> Done:
    assert done.exit_code == 0, done.output
    return done


def test_what_passed_in_staging_is_promoted_and_each_keeps_its_own_books(two: TwoEnvironments) -> None:
    site = two.production
    site.must("--auto-migrate", "--image", site.push("v1"))
    before, latest = site.app_state(), site.image_id("latest")
    must(two.staging("--auto-migrate", "--health-check", "--image", site.push("v2")))
    assert two.staging_containers() == [site.version_id("v2")]
    assert two.staging_revision() == "0007"
    assert (site.app_state(), site.image_id("latest"), site.revision()) == (before, latest, "0006")
    assert len(site.json("history")["deployments"]) == 1
    assert len(site.json("--env", "staging", "history")["deployments"]) == 1

    # The tag moves on in the registry; what passed does not.
    site.push("v2b", "v2")
    site.must("promote", "--auto-migrate", "--health-check")
    assert site.running_image_id() == site.version_id("v2")
    assert site.revision() == "0007"
    assert site.image_id("latest") == site.version_id("v2")


def test_the_rule_refuses_what_did_not_pass_and_takes_what_did(two: TwoEnvironments) -> None:
    site = two.production
    site.must("--auto-migrate", "--image", site.push("v1"))
    site.write_settings(DEPLOY_REQUIRE_STAGING="1")
    before = site.app_state()
    reference = site.push("v2")
    refused = site.deploy("--auto-migrate", "--image", reference)
    assert refused.exit_code == 3, refused.output
    assert "--env staging --auto-migrate" in refused.output
    assert "promote" in refused.output
    assert site.deploy("promote", "--auto-migrate").exit_code == 3
    assert (site.app_state(), site.revision()) == (before, "0006")

    two.write(DEPLOY_REQUIRE_STAGING="1")
    must(two.staging("--auto-migrate", "--image", reference))
    site.must("promote", "--auto-migrate")
    assert site.running_image_id() == site.version_id("v2")
    site.must("rollback", "--yes")
    assert site.running_image_id() == site.version_id("v1")


def test_an_image_that_failed_in_staging_is_not_promoted(two: TwoEnvironments) -> None:
    site = two.production
    site.must("--auto-migrate", "--image", site.push("v1"))
    site.write_settings(DEPLOY_REQUIRE_STAGING="1")
    two.write(DEPLOY_START_TIMEOUT_SECONDS="5")
    reference = site.push("never-healthy")
    assert two.staging("--auto-migrate", "--image", reference).exit_code in {1, 4}
    assert site.deploy("promote", "--auto-migrate").exit_code == 3
    assert site.deploy("--auto-migrate", "--image", reference).exit_code == 3
    assert site.running_image_id() == site.version_id("v1")


def test_a_deployment_in_one_environment_does_not_lock_the_other(two: TwoEnvironments) -> None:
    import fcntl

    site = two.production
    (site.directory / ".deploy").mkdir(exist_ok=True)
    with (site.directory / ".deploy" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert site.deploy("--auto-migrate", "--image", site.push("v1")).exit_code == 5
        must(two.staging("--auto-migrate", "--image", site.push("v1")))
    assert two.staging_containers() == [site.version_id("v1")]


def test_a_pass_goes_to_another_machine_in_a_file(two: TwoEnvironments) -> None:
    site = two.production
    must(two.staging("--auto-migrate", "--image", site.push("v1")))
    passed = site.directory / "passed.json"
    site.must("promote", "--save", str(passed))
    document = json.loads(passed.read_text())
    assert document["image_id"] == site.version_id("v1")
    assert document["digest"].startswith(f"{site.repository}@sha256:")
    # As on a machine that has no staging of its own.
    (site.directory / ".env.staging").unlink()
    site.write_settings(DEPLOY_REQUIRE_STAGING="1")
    assert site.deploy("--auto-migrate", "--image", site.push("v1")).exit_code == 3
    site.must("promote", "--passed", str(passed), "--auto-migrate")
    assert site.running_image_id() == site.version_id("v1")


def test_staging_on_productions_database_is_refused(two: TwoEnvironments) -> None:
    two.write(DEPLOY_DATABASE_URL=two.production.settings["DEPLOY_DATABASE_URL"])
    done = two.staging("--auto-migrate", "--image", two.production.push("v1"))
    assert done.exit_code == 2, done.output
    assert two.staging_containers() == []


def test_a_report_tells_the_deployment_that_was_made(running_site: Site) -> None:
    site = running_site
    site.must("--manual-migrate", "--backup", "--yes", "--image", site.push("v2"))
    site.must("report", "2", "--output", str(site.directory / "two.html"))
    page = (site.directory / "two.html").read_text()
    [backup] = site.json("backup", "list")["backups"]
    assert backup["files"][0]["sha256"] in page
    for step in ("back-up-database", "migrate-database", "switch-containers", "promote-release"):
        assert step in page
    assert "Running upgrade 0006 -&gt; 0007" in page
    assert "ACCESS EXCLUSIVE on <code>orders</code>" in page
    assert "e2e-secret-word" not in page
    assert (site.directory / "two.html").stat().st_mode & 0o777 == 0o600
    site.must("history", "--html", str(site.directory / "all.html"))
    assert 'href="all/d0001.html"' in (site.directory / "all.html").read_text()
    assert (site.directory / "all" / "d0002.html").is_file()
    assert site.deploy("report", "99").exit_code == 3
