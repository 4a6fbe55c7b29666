"""What the operators' guide tells a person to do by hand, step by step, and what must be true afterwards."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.e2e.site import Site

pytestmark = pytest.mark.docker

COMPOSE = ["docker", "compose", "-f", "docker-compose.prod.yml"]


def migrate_by_hand(site: Site, command: str = "") -> str:
    """The guide's command, or the one that a hint named; returns the migration's log."""
    argv = ["bash", "-c", command] if command else [*COMPOSE, "--profile", "migration", "up", "migration"]
    subprocess.run(argv, cwd=site.directory, check=True, capture_output=True, timeout=120)
    log = subprocess.run(["docker", "logs", f"{site.name}_migration"], capture_output=True, text=True, check=True)
    return log.stdout + log.stderr


def publish(site: Site, version: str) -> None:
    """The registry's latest; this machine's `:latest` stays what it was, as it does where somebody else pushes."""
    before = site.image_id("latest")
    site.push(version, "latest")
    if before is not None:
        site.platform.client.images.get(before).tag(site.repository, "latest")


def last_line(output: str) -> str:
    return output.strip().splitlines()[-1]


@pytest.fixture
def latest_site(site: Site) -> Site:
    """Release 1 (v1) was deployed as the registry's latest."""
    publish(site, "v1")
    site.must("--auto-migrate", "--health-check")
    return site


def test_the_way_for_high_risk_ends_migrated_or_is_refused(latest_site: Site) -> None:
    site = latest_site
    publish(site, "v2")
    log = migrate_by_hand(site)
    assert f"image {site.repository}:latest: the database is at 0006" in log
    assert "nothing is pending" in log
    assert "pull migration" in log, "how to take the image that may wait in the registry"
    assert site.revision() == "0006"
    before = site.app_state()
    refused = site.deploy("--skip-migrate", "--health-check")
    assert refused.exit_code == 3, refused.output
    assert site.app_state() == before
    assert site.image_id("latest") == site.version_id("v1")
    command = re.search(r"`(APP_IMAGE=.*?)`", refused.output)
    assert command, refused.output
    log = migrate_by_hand(site, command[1])
    assert "pending: 0007" in log
    assert site.revision() == "0007"
    done = site.must("--skip-migrate", "--health-check")
    assert site.running_image_id() == site.version_id("v2")
    assert "still open" not in done.output
    assert "not applied" not in site.must("status").output


def test_a_deployment_over_pending_revisions_stays_an_open_point_until_they_are_applied(running_site: Site) -> None:
    site = running_site
    done = site.must("--skip-migrate", "--health-check", "--image", site.push("v2"))
    assert "0007" in last_line(done.output)
    assert "not applied: 0007" in site.must("status").output
    container, backup = site.app_state(), site.image_id("backup")
    next_command = re.search(r"next: \./scripts/deploy\.sh (.*)", done.output)
    assert next_command, done.output
    words = next_command[1].split()
    plan = site.json(*words, "--plan")["plan"]
    assert plan["summary"]["release"] == "release-2", "the same image is the same release"
    site.must(*words, "--approve", plan["id"])
    assert site.revision() == "0007"
    assert site.app_state() == container, "nothing was switched"
    assert site.image_id("backup") == backup == site.version_id("v1")
    assert "not applied" not in site.must("status").output


def test_a_rollback_by_retag_lasts_and_what_was_left_comes_back_by_a_word_only(latest_site: Site) -> None:
    site = latest_site
    publish(site, "v2")
    site.must("--auto-migrate")
    site.platform.client.images.get(f"{site.repository}:backup").tag(site.repository, "latest")
    site.must("--skip-migrate")
    assert site.health()["release"] == "release-1"
    assert "left: release-2" in site.must("status").output
    assert "left" in site.must("history").output
    refused = site.deploy("--skip-migrate")
    assert refused.exit_code == 3, refused.output
    assert site.version_id("v2") in refused.output
    assert site.running_image_id() == site.version_id("v1")
    assert site.image_id("latest") == site.version_id("v1")
    publish(site, "v2b")
    site.must("--auto-migrate")
    assert site.health()["release"] == "release-3"
    site.must("rollback", "--yes")
    assert site.health()["release"] == "release-1", "not release-2, which was left"
    site.must("rollback", "--to", "2", "--yes")
    assert site.running_image_id() == site.version_id("v2"), "by a word"
    assert "left: release-2" not in site.must("status").output
