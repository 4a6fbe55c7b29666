"""What the migration check makes of a deployment: refused, accepted with a reason, backed up unasked, the same answer."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from tests.e2e.site import ROOT, Site

pytestmark = pytest.mark.docker


@pytest.fixture(autouse=True)
def _measured(site: Site) -> None:
    site.write_settings(DEPLOY_CHECK="measured")


def check(site: Site, *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code and document of `migration-check.sh`, as an operator runs it in the project's directory."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("DEPLOY_", "SUREFOOT_"))}
    done = subprocess.run(
        [str(ROOT / "scripts" / "migration-check.sh"), *words, "--json"], cwd=site.directory, env=clean,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )
    assert done.stdout.startswith("{"), done.stderr
    return done.returncode, json.loads(done.stdout)


def found(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(f["revision_id"], f["rule"], f["level"]) for r in report["risk"]["revisions"] for f in r["findings"]]


def test_the_check_and_the_deployment_give_the_same_answer_and_change_nothing(running_site: Site) -> None:
    site = running_site
    reference = site.push("dropping")
    tables = "SELECT string_agg(relname || relfilenode, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 2200"
    before = site.app_state(), site.sql(tables), site.revision()
    exit_code, report = check(site, "--image", reference)
    refused = site.json("--auto-migrate", "--image", reference)
    assert exit_code == 3
    assert report["method"] == "measured"
    assert report["from_ids"] == ["0006"]
    assert report["sizes_are_known"] is True
    assert ("0008", "drop_column", "very high") in found(report)
    assert found(refused["check"]) == found(report)
    assert refused["error"]["reference"] == "risk-too-high-for-auto"
    assert (site.app_state(), site.sql(tables), site.revision()) == before


def test_a_migration_that_would_fail_is_refused_before_anything_is_changed(running_site: Site) -> None:
    site = running_site
    before = site.app_state()
    reference = site.push("failing-migration")
    planned = site.json("--manual-migrate", "--image", reference, "--plan")
    assert planned["error"]["reference"] == "migration-fails", "a plan that nobody can approve"
    refused = site.json("--auto-migrate", "--image", reference)
    assert refused["error"]["reference"] == "migration-fails"
    assert refused["check"]["advice"]["next_command"] == "./scripts/migration-check.sh"
    assert ("0008", "migration_fails") in [(revision, rule) for revision, rule, _ in found(refused["check"])]
    assert site.app_state() == before
    assert site.revision() == "0006"


def test_an_accepted_risk_goes_on_and_is_recorded_with_its_reason(running_site: Site) -> None:
    site = running_site
    reference = site.push("dropping")
    assert site.deploy("--auto-migrate", "--image", reference, "--accept-risk", "very-high").exit_code == 2
    reason = "nobody reads client_reference"
    below = ("--auto-migrate", "--image", reference, "--accept-risk", "high", "--reason", reason)
    assert site.deploy(*below).exit_code == 3
    assert site.revision() == "0006"
    site.must("--auto-migrate", "--image", reference, "--accept-risk", "very-high", "--reason", reason)
    assert site.revision() == "0008"
    [newest, *_] = site.json("history")["deployments"]
    assert newest["summary"]["accepted_risk"] == "very high"
    assert newest["summary"]["reason"] == reason
    assert newest["summary"]["check"]


def test_a_backup_that_is_needed_is_taken_unasked_and_may_not_be_refused(running_site: Site) -> None:
    site = running_site
    words = ("--manual-migrate", "--image", site.push("dropping"))
    refused = site.deploy(*words, "--no-backup", "--plan")
    assert refused.exit_code == 3, refused.output
    assert site.backups() == []
    plan = site.json(*words, "--plan")["plan"]
    assert "back-up-database" in [step["name"] for step in plan["steps"]]
    site.must(*words, "--approve", plan["id"])
    assert len(site.json("backup", "list")["backups"]) == 1
    assert site.revision() == "0008"


def test_an_approval_ends_where_the_check_says_something_else(running_site: Site) -> None:
    site = running_site
    words = ("--manual-migrate", "--image", site.push("dropping"))
    plan_id = site.json(*words, "--plan")["plan"]["id"]
    site.sql("ALTER TABLE orders ADD COLUMN client_reference text; CREATE VIEW mine AS SELECT client_reference FROM orders")
    done = site.deploy(*words, "--approve", plan_id)
    assert done.exit_code == 3, done.output
    assert site.revision() == "0006"
