"""A compose file that nobody of this tool ever edited: its first deployment, the next ones, and what goes wrong."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.foreign import COMPOSE, ForeignSite
from tests.e2e.site import ROOT, Platform, moments

pytestmark = pytest.mark.docker

DEPLOY = ("--auto-migrate", "--health-check", "--accept-risk", "high", "--reason", "a test")
EVERYTHING = ("web", "jobs", "beat", "db", "cache", "frontend", "edge")
TAKING_OVER = [f"{moment}:take-over-port" for moment in ("before", "begun", "done")]
TAKING_OVER += ["before:switch-containers", "begun:switch-containers"]


@pytest.fixture
def foreign(platform: Platform, tmp_path: Path) -> Iterator[ForeignSite]:
    site = ForeignSite(platform, tmp_path)
    yield site
    site.remove()


def test_a_whole_compose_file_is_deployed_and_never_edited(foreign: ForeignSite) -> None:
    planned = foreign.deploy(*DEPLOY, "--plan")
    assert planned.exit_code == 3, planned.output
    assert "accessories up db" in planned.output, "a plan starts nothing"

    first = foreign.must(*DEPLOY)

    assert foreign.revision() == "0006"
    assert all(len(foreign.containers(service)) == 1 for service in EVERYTHING), first.output
    [seed] = foreign.containers("seed")
    assert (seed.status, seed.attrs["State"]["ExitCode"], seed.attrs["Image"]) == ("exited", 0, foreign.version_id("v1"))
    assert foreign.images_of("web", "jobs", "beat") == {foreign.version_id("v1")}
    assert foreign.health()
    database, cache = foreign.containers("db")[0].id, foreign.containers("cache")[0].id

    foreign.sql("INSERT INTO users (email) VALUES ('ann@example.org')")
    foreign.write_settings(TAG="v2", SEED_EXIT="3")
    seeded = foreign.containers("seed")[0].id
    failed = foreign.deploy("--skip-migrate", "--health-check")
    assert (failed.exit_code, "seed ran, and what was written by that stays" in failed.output) == (1, True), failed.output
    assert foreign.containers("seed")[0].id != seeded
    assert foreign.images_of("web", "jobs", "beat") == {foreign.version_id("v1")}

    foreign.write_settings(SEED_EXIT="0")
    foreign.must(*DEPLOY, "--backup")

    assert foreign.revision() == "0007"
    assert foreign.images_of("web", "jobs", "beat") == {foreign.version_id("v2")}
    assert (foreign.containers("db")[0].id, foreign.containers("cache")[0].id) == (database, cache)
    assert foreign.sql("SELECT count(*) FROM users") == "1"

    assert foreign.images_of("frontend") == {foreign.front_id("v1")}

    foreign.must("rollback", "--yes")
    assert foreign.images_of("web", "jobs", "beat") == {foreign.version_id("v1")}
    assert foreign.compose_file.read_text() == COMPOSE

    [backup] = [path.name for path in foreign.backups()]
    foreign.sql("DELETE FROM users")
    foreign.must("restore", backup, "--confirm", "shop", "--yes")
    assert foreign.sql("SELECT count(*) FROM users") == "1"
    assert foreign.containers("db")[0].id == database


def test_images_and_configuration_go_and_come_back_with_their_release(foreign: ForeignSite) -> None:
    foreign.by_hand("up", "-d", "--wait", "db")
    foreign.must(*DEPLOY)
    assert foreign.environment_of("web")["APP_SECRET"] == "two$dollars"
    frontend = foreign.containers("frontend")[0].id

    foreign.write_settings(FLAG="secret-new-value", FRONT="broken")
    told = foreign.deploy("status")
    assert "variable FLAG of service web" in told.output, "a change that is not in force yet"
    failed = foreign.deploy("--skip-migrate", "--health-check")
    assert failed.exit_code == 1, failed.output
    assert flags(foreign, "web", "jobs", "beat") == {"old"}
    assert (foreign.containers("frontend")[0].id, foreign.images_of("frontend")) == (frontend, {foreign.front_id("v1")})

    foreign.write_settings(FRONT="v1")  # the same images, with another value: a release of its own
    foreign.must("--skip-migrate", "--health-check")
    assert flags(foreign, "web", "jobs", "beat") == {"secret-new-value"}
    assert foreign.containers("frontend")[0].id == frontend, "nothing of it changed"

    foreign.write_settings(FRONT_FLAG="new")
    asked = ("--skip-migrate", "--health-check", "--image", f"frontend={foreign.name}-front:v2")
    foreign.must(*asked)
    assert (foreign.images_of("frontend"), flags(foreign, "frontend")) == ({foreign.front_id("v2")}, {"new"})
    assert "compose file or its values" not in foreign.deploy("status").output
    again = foreign.containers("web")[0].id
    foreign.must(*asked)
    assert foreign.containers("web")[0].id == again, "the same set is the same release"

    back = foreign.must("rollback", "--yes")
    assert (foreign.images_of("frontend"), flags(foreign, "frontend")) == ({foreign.front_id("v1")}, {"old"})
    back = foreign.must("rollback", "--yes", "--to", "1")
    assert "variable FLAG of service web" in back.output
    assert "secret-new-value" not in back.output
    assert flags(foreign, "web", "jobs", "beat") == {"old"}

    refused = foreign.deploy("rollback", "--yes", "--to", "3", "--with-todays-configuration")
    assert (refused.exit_code, "frontend runs as release-3 already" in refused.output) == (3, True), refused.output
    foreign.write_settings(FRONT_FLAG="newest")
    foreign.must("rollback", "--yes", "--to", "4", "--with-todays-configuration")
    assert (flags(foreign, "web"), flags(foreign, "frontend")) == ({"secret-new-value"}, {"newest"})
    assert foreign.images_of("frontend") == {foreign.front_id("v2")}
    kept = sorted((foreign.directory / ".deploy" / "releases").iterdir())
    assert all(path.stat().st_mode & 0o077 == 0 for folder in kept for path in (folder, *folder.iterdir()))
    unknown = foreign.deploy("--skip-migrate", "--image", "cache=x")
    assert (unknown.exit_code, "frontend" in unknown.output) == (2, True), unknown.output


def flags(site: ForeignSite, *services: str) -> set[str]:
    """What FLAG is in each one's container."""
    return {site.environment_of(service)["FLAG"] for service in services}


def test_a_stack_that_was_started_by_hand_hands_its_port_over(foreign: ForeignSite) -> None:
    foreign.start_by_hand()
    foreign.write_settings(TAG="v2")

    done = foreign.must(*DEPLOY)

    assert "take-over-port" in done.output
    assert foreign.images_of("web", "jobs", "beat") == {foreign.version_id("v2")}
    assert [c.name for c in foreign.containers("web") if c.name == f"{foreign.name}_web"] == []
    [edge] = foreign.containers("edge")
    assert str(foreign.edge_port) in json.dumps(edge.ports)
    assert foreign.health()


def test_what_fails_after_the_port_was_taken_over_gives_it_back(foreign: ForeignSite) -> None:
    publishing = foreign.start_by_hand()
    foreign.write_settings(TAG="no-worker")

    done = foreign.deploy("--skip-migrate", "--health-check")

    assert done.exit_code == 1, done.output
    assert foreign.containers("edge") == []
    [web] = foreign.containers("web")
    assert (web.name, web.status) == (f"{foreign.name}_web", "running"), publishing
    assert foreign.images_of("web", "jobs", "beat") == {foreign.version_id("v1")}
    assert foreign.health()


@pytest.mark.parametrize("fault", moments(TAKING_OVER, ["begun:switch-containers"]))
@pytest.mark.parametrize("way", ["resume", "abort"])
def test_killed_while_the_port_changes_hands(foreign: ForeignSite, fault: str, way: str) -> None:
    foreign.start_by_hand()
    foreign.write_settings(TAG="v2")
    faults = {"SUREFOOT_FAULT": fault, "SUREFOOT_ROOT": str(ROOT), "PYTHONPATH": str(ROOT / "tests" / "e2e" / "faults")}
    killed = foreign.deploy("--skip-migrate", "--health-check", environment=faults)
    assert killed.exit_code == -signal.SIGKILL, killed.output

    ended = foreign.deploy(way)

    wanted = "v2" if way == "resume" else "v1"
    assert foreign.images_of("web", "jobs", "beat") == {foreign.version_id(wanted)}, ended.output
    assert len(foreign.containers("edge")) == (1 if way == "resume" else 0)
    assert foreign.health()


def test_a_port_that_somebody_else_has_is_known_before_anything_is_changed(foreign: ForeignSite) -> None:
    foreign.by_hand("up", "-d", "--wait", "db")
    with socket.create_server(("127.0.0.1", foreign.edge_port)):
        done = foreign.deploy(*DEPLOY)

    assert done.exit_code == 3, done.output
    assert "edge-port-taken" in done.output
    assert foreign.revision() == ""
    assert foreign.containers("web") == foreign.containers("edge") == []


def test_an_image_is_built_where_no_registry_is(foreign: ForeignSite) -> None:
    foreign.by_hand("up", "-d", "--wait", "db")
    (foreign.directory / "Dockerfile").write_text("FROM surefoot-e2e:v1\nLABEL built=here\n")
    (foreign.directory / "compose.override.yaml").write_text("services: {web: {build: .}}\n")

    done = foreign.must(*DEPLOY, "--build")

    [web] = foreign.containers("web")
    assert web.labels["built"] == "here", done.output
    assert foreign.images_of("web", "jobs", "beat") == {web.attrs["Image"]}
    (foreign.directory / "Dockerfile").write_text("FROM surefoot-e2e:v1\nRUN false\n")
    failed = foreign.deploy(*DEPLOY, "--build")
    assert failed.exit_code == 3, failed.output
    assert foreign.images_of("web") == {web.attrs["Image"]}


@pytest.mark.exhaustive
def test_a_worker_that_ends_again_and_again_is_found_by_the_watch_and_the_release_goes_back(foreign: ForeignSite) -> None:
    foreign.by_hand("up", "-d", "--wait", "db")
    foreign.must(*DEPLOY)
    crashing = ["python", "-c", "import time; time.sleep(5); raise SystemExit('UndefinedColumn')"]
    (foreign.directory / "compose.override.yaml").write_text(json.dumps({"services": {"jobs": {"command": crashing}}}))
    foreign.write_settings(TAG="v2", DEPLOY_WATCH_INTERVAL_SECONDS="2", DEPLOY_WATCH_BEFORE_SECONDS="2")

    done = foreign.deploy("--skip-migrate", "--health-check", "--watch", "2")

    assert done.exit_code == 1, done.output
    assert "restarts of jobs" in done.output
    assert foreign.images_of("web", "jobs", "beat") == {foreign.version_id("v1")}
    assert crashing != foreign.containers("jobs")[0].attrs["Config"]["Cmd"], "its own configuration is back"
