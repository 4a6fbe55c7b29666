"""A deployment that the version of 21 November began is finished, taken back, told of and rolled back by this one."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from deploy.adapters.ledger.upgrading import LEDGER_VERSION
from tests.e2e.older_ledgers import take_older_ledger
from tests.e2e.scenarios.test_killed import killed, killed_while_watched, require_finished, require_taken_back
from tests.e2e.site import Site

PLAN_IDS = ("361304ba7289", "9ecf14703b24")
pytestmark = pytest.mark.docker


def begin(site: Site, ledger: str) -> None:
    """Production as that version left it: this one does the same up to the same instant, and the ledger is theirs."""
    if ledger == "killed_in_the_switch":
        killed(site, "inside:scaled-up")
    elif ledger == "killed_in_the_watch":
        killed_while_watched(site, "inside:first-sample")
    else:
        site.must("--auto-migrate", "--health-check", "--image", site.push("v2"))
    take_older_ledger(site, ledger)


@pytest.mark.parametrize("ledger", ["killed_in_the_switch", "killed_in_the_watch"])
def test_a_deployment_that_an_older_version_began_is_finished_by_resume(running_site: Site, ledger: str) -> None:
    begin(running_site, ledger)
    running_site.must("resume")
    require_finished(running_site)


def test_a_deployment_that_an_older_version_began_is_taken_back_by_abort(running_site: Site) -> None:
    site = running_site
    begin(site, "killed_in_the_switch")
    require_taken_back(site, site.deploy("abort"), is_migrated=True)
    site.must("--auto-migrate", "--health-check", "--image", f"{site.repository}:v2")
    assert site.running_image_id() == site.version_id("v2")


def test_what_an_older_version_deployed_is_told_of_and_rolled_back(running_site: Site) -> None:
    site = running_site
    begin(site, "deployed_twice")
    told = site.json("history")["deployments"]
    seen = [(d["id"], d["state"], d["plan_id"]) for d in told]
    assert seen == [("d0002", "done", PLAN_IDS[1]), ("d0001", "done", PLAN_IDS[0])], "by the names that it had"
    page = site.directory / "two.html"
    site.must("report", "2", "--output", str(page))
    assert "migrate-database" in page.read_text()
    site.must("rollback", "--yes")
    assert site.running_image_id() == site.version_id("v1") == site.image_id("latest")
    with closing(sqlite3.connect(site.directory / ".deploy" / "ledger.sqlite3")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == LEDGER_VERSION


def test_a_plan_that_is_not_known_whole_is_refused_before_anything_moves_and_can_be_given_up(
    running_site: Site,
) -> None:
    """The fault that was found: the undo read a key that the plan had not, with both releases running."""
    site = running_site
    killed(site, "inside:scaled-up")
    before = site.app_state()
    change_switch(site, lambda step: step.pop("stop_grace_seconds"))
    for command in ("resume", "abort"):
        done = site.deploy(command)
        assert done.exit_code == 3, done.output
        assert "stop_grace_seconds is missing" in done.output
        assert site.app_state() == before
    assert site.json("status")["unfinished"] is not None
    assert site.deploy("abort", "--give-up", "--reason", "another version").exit_code == 4
    assert site.json("status")["unfinished"] is None


def change_switch(site: Site, change: Any) -> None:
    """Of the saved plan's switch."""
    with closing(sqlite3.connect(site.directory / ".deploy" / "ledger.sqlite3")) as connection:
        [(row, text)] = connection.execute("SELECT id, plan FROM deployments ORDER BY id DESC LIMIT 1").fetchall()
        plan = json.loads(text)
        change(next(step for step in plan["steps"] if step["name"] == "switch-containers"))
        connection.execute("UPDATE deployments SET plan = ? WHERE id = ?", (json.dumps(plan), row))
        connection.commit()
