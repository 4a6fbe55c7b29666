"""The checklists around a real deployment (S4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.site import Site

pytestmark = pytest.mark.docker


def states(document: dict[str, Any]) -> dict[str, str]:
    return {item["key"]: item["state"] for item in document["items"]}


def test_checklists_see_the_truth_and_are_kept_with_the_deployment(running_site: Site) -> None:
    site = running_site
    before = states(site.json("checklist", "before", "--answer", "check-read=yes:whole"))
    assert before["recent-backup"] == "no"
    assert (before["healthy-now"], before["check-read"], before["quiet-hour"]) == ("yes", "yes", "open")
    assert site.deploy("checklist", "before", "--no-store").exit_code == 3

    site.must("--backup")
    site.must("checklist", "before", "--answer", "check-read=yes:whole")
    assert site.deploy("checklist", "before", "--strict", "--no-store").exit_code == 3
    site.must("--auto-migrate", "--image", site.push("v2"))
    after = site.json("checklist", "after", "--answer", "core-functions=yes:orders, by Ann")
    assert after["deployment"] == "d0003"
    assert states(after)["schema-at-head"] == states(after)["ended-well"] == "yes"

    page = site.directory / "three.html"
    site.must("report", "3", "--output", str(page))
    assert "orders, by Ann" in page.read_text()
    assert "did somebody read the migration check" in page.read_text()

    [container] = site.containers()
    container.stop(timeout=1)
    broken = states(site.json("checklist", "after", "--no-store"))
    assert broken["healthy-after"] == "no"
