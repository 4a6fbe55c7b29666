"""A second web service behind the edge, under a path of its own: it moves as the application does, and loses nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.foreign import ForeignSite
from tests.e2e.site import ROOT, Platform, moments, wait_for
from tests.e2e.web_service import Echo, Load, Stream, add_admin, build_admin, get

pytestmark = pytest.mark.docker

DEPLOY = ("--auto-migrate", "--health-check", "--accept-risk", "high", "--reason", "a test")
KILLED = [f"{moment}:{step}" for step in ("configure-edge", "switch-web-services") for moment in ("before", "begun", "done")]


@pytest.fixture
def site(platform: Platform, tmp_path: Path) -> Iterator[ForeignSite]:
    site = ForeignSite(platform, tmp_path)
    build_admin(site)
    site.write_settings(DEPLOY_DRAIN_TIMEOUT_SECONDS="4")
    yield site
    site.remove()


def test_a_second_web_service_gets_its_path_and_moves_without_a_lost_request(site: ForeignSite) -> None:
    site.by_hand("up", "-d", "--wait", "db")
    site.must(*DEPLOY)
    add_admin(site)
    with Load(site, "/api/health") as load:
        added = site.must("--skip-migrate", "--health-check")
    assert set(load.outcomes) == {"ok"}, (load.outcomes, "the edge is reloaded with its sockets open")
    assert "configure-edge" in added.output
    assert get(site, "/admin") == "v1 /admin"
    assert get(site, "/admin/users?x=1") == "v1 /admin/users?x=1"
    assert "status" in site.health(), "all else is the application's"

    echo, stream = Echo(site), Stream(site)
    wait_for(lambda: len(echo.heard) > 3 and len(stream.heard) > 3, 10, "the echo and the stream")
    site.write_settings(TAG="v2", ADMIN="v2")
    with Load(site, "/admin/x", "/api/health") as load:
        moved = site.must(*DEPLOY)
    assert set(load.outcomes) == {"ok"}, (load.outcomes, moved.output)
    assert "configure-edge" not in moved.output
    assert get(site, "/admin") == "v2 /admin"
    assert set(echo.heard) == {"v1 x"}, "an open connection stays with the process that it began with"
    assert set(stream.heard) == {"data: v1"}
    wait_for(lambda: echo.is_closed and not stream.is_alive(), 10, "their end with that process")
    assert "2 requests were cut at the drain time-out" in moved.output, "and that is told"

    site.write_settings(TAG="v1", ADMIN="broken")
    failed = site.deploy("--skip-migrate", "--health-check")
    assert failed.exit_code in {1, 3}, failed.output
    assert get(site, "/admin") == "v2 /admin"
    assert site.images_of("web", "jobs", "beat") == {site.version_id("v2")}

    site.must("rollback", "--yes")
    assert get(site, "/admin") == "v1 /admin"


@pytest.mark.parametrize("fault", moments(KILLED, ["begun:switch-web-services"]))
@pytest.mark.parametrize("way", ["resume", "abort"])
def test_killed_while_a_web_service_comes_behind_the_edge(site: ForeignSite, fault: str, way: str) -> None:
    site.by_hand("up", "-d", "--wait", "db")
    site.must(*DEPLOY)
    add_admin(site)
    faults = {"SUREFOOT_FAULT": fault, "SUREFOOT_ROOT": str(ROOT), "PYTHONPATH": str(ROOT / "tests" / "e2e" / "faults")}
    killed = site.deploy("--skip-migrate", "--health-check", environment=faults)
    assert killed.exit_code == -signal.SIGKILL, killed.output

    ended = site.deploy(way)

    assert site.health(), ended.output
    if way == "resume":
        assert get(site, "/admin") == "v1 /admin"
    else:
        assert site.containers("admin") == []
        assert "web_admin" not in (site.directory / ".deploy" / "edge-configuration" / "haproxy.cfg").read_text()
