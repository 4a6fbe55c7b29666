"""The maintenance page, as users meet it."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from tests.e2e.site import Site, wait_for

pytestmark = pytest.mark.docker


def ask(site: Site, method: str = "GET") -> tuple[int, str, str]:
    """Status, Retry-After and body."""
    address = f"http://127.0.0.1:{site.edge_port}/api/health"
    request = urllib.request.Request(address, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - our own edge
            return answer.status, "", answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Retry-After", ""), error.read().decode()


def test_the_page_is_shown_for_every_method_stays_over_a_restart_and_goes(running_site: Site) -> None:
    site = running_site
    site.must("maintenance", "on", "--message", "Back at 22:00; <soon> & \\well")
    for method in ("GET", "POST", "DELETE"):
        status, retry_after, body = ask(site, method)
        assert (status, retry_after) == (503, "30")
        assert "Back at 22:00; &lt;soon&gt; &amp; \\well" in body
    [edge] = site.containers("edge")
    edge.restart(timeout=5)
    wait_for(lambda: _status(site) == 503, 30, "the page after the restart")
    assert "Back at 22:00" in ask(site)[2]
    assert any("maintenance page is ON" in problem for problem in site.json("status")["problems"])
    assert site.json("maintenance", "status")["maintenance"]["is_on"] is True
    site.must("maintenance", "off")
    wait_for(lambda: _status(site) == 200, 30, "the application")
    # Docker says "starting" of the restarted edge until its own check passed, and status repeats that.
    wait_for(lambda: site.json("status")["problems"] == [], 30, "nothing wrong in status")


def test_who_is_allowed_sees_the_application_and_nobody_else_does(running_site: Site) -> None:
    site = running_site
    site.must("maintenance", "on", "--allow", "203.0.113.7")
    assert _status(site) == 503
    site.must("maintenance", "on", "--allow", "0.0.0.0/0", "--allow", "::/0")
    assert _status(site) == 200
    site.must("maintenance", "off")


def test_a_deployment_behind_the_page_goes_through_and_is_watched(running_site: Site) -> None:
    site = running_site
    site.must("maintenance", "on")
    site.must("--auto-migrate", "--health-check", "--watch", "0.1", "--image", site.push("v2"))
    assert site.running_image_id() == site.version_id("v2")
    assert site.revision() == "0007"
    assert _status(site) == 503, "the page is the operator's"
    site.must("maintenance", "off")
    wait_for(lambda: _status(site) == 200, 30, "the application")


def test_a_release_that_is_not_well_fails_behind_the_page_too(running_site: Site) -> None:
    site = running_site
    site.write_settings(DEPLOY_START_TIMEOUT_SECONDS="4")
    site.must("maintenance", "on")
    done = site.deploy("--skip-migrate", "--health-check", "--image", site.push("v1-never-healthy"))
    assert done.exit_code == 1, done.output
    assert site.running_image_id() == site.version_id("v1")
    site.must("maintenance", "off")


def test_a_deployment_leaves_a_page_that_an_operator_switched_on(running_site: Site) -> None:
    site = running_site
    site.must("maintenance", "on")
    site.write_settings(DEPLOY_SWITCH="stop-first")
    site.must("--skip-migrate", "--image", site.push("v2b"))
    assert _status(site) == 503
    site.must("maintenance", "off")
    wait_for(lambda: _status(site) == 200, 30, "the application")


def _status(site: Site) -> int:
    try:
        return ask(site)[0]
    except OSError:
        return 0
