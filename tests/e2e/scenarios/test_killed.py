"""SIGKILL before, inside and after every step: `resume` finishes, `abort` takes back; never anything between."""

from __future__ import annotations

import pytest

from tests.e2e.site import ROOT, Done, Site

pytestmark = pytest.mark.docker

WORDS = ("--auto-migrate", "--backup", "--health-check")
STEPS = (
    "back-up-database", "copy-backup", "tag-for-rollback", "migrate-database", "switch-containers", "check-health", "verify-release",
    "promote-release",
)
INSIDE = ("dump", "tagged", "migration-started", "scaled-up", "draining")
FAULTS = [f"{moment}:{step}" for step in STEPS for moment in ("before", "begun", "done")]
FAULTS += [f"inside:{call}" for call in INSIDE]
# From here on the database is at the new revision: what an abort cannot take back by itself.
MIGRATED = {
    f"{moment}:{step}" for step in STEPS[STEPS.index("switch-containers") :] for moment in ("before", "begun", "done")
} | {"done:migrate-database", "inside:scaled-up", "inside:draining"}


def killed(site: Site, fault: str) -> Done:
    site.push("v2")
    (site.directory / "copies").mkdir()
    site.write_settings(DEPLOY_BACKUP_COPY_TO=str(site.directory / "copies"))
    done = site.deploy(
        *WORDS, "--image", f"{site.repository}:v2",
        environment={
            "SUREFOOT_FAULT": fault, "SUREFOOT_ROOT": str(ROOT), "PYTHONPATH": str(ROOT / "tests" / "e2e" / "faults"),
        },
    )
    assert done.exit_code == -9, done.output
    return done


@pytest.mark.parametrize("fault", FAULTS)
def test_a_killed_deployment_is_finished_by_resume(running_site: Site, fault: str) -> None:
    site = running_site
    killed(site, fault)
    assert site.health()["status"] == "ok", "somebody must serve at every instant"
    blocked = site.deploy("--skip-migrate")
    assert blocked.exit_code == 3, blocked.output
    assert "resume" in blocked.output
    site.must("resume")
    assert site.revision() == "0007"
    assert site.running_image_id() == site.version_id("v2") == site.image_id("latest")
    assert site.image_id("backup") == site.version_id("v1")
    assert len(site.backups()) == 1, "nothing is done twice, no partial file is left"
    assert len(site.serving_slots()) == 1
    assert site.health()["release"] == "release-2"
    assert site.deploy("resume").exit_code == 3


@pytest.mark.parametrize("fault", FAULTS)
def test_a_killed_deployment_is_taken_back_by_abort(running_site: Site, fault: str) -> None:
    site = running_site
    killed(site, fault)
    done = site.deploy("abort")
    if fault == "inside:migration-started" and site.revision() == "0007":
        is_migrated = True  # the migration's container outlived the deployment, as it should
    else:
        is_migrated = fault in MIGRATED
    assert done.exit_code == (4 if is_migrated else 0), done.output
    assert site.revision() == ("0007" if is_migrated else "0006")
    if is_migrated:
        assert "alembic downgrade 0006" in done.output, "the one command that comes next"
    else:
        assert site.image_id("backup") is None
    assert site.running_image_id() == site.version_id("v1") == site.image_id("latest")
    assert len(site.serving_slots()) == 1
    assert site.health()["release"] == "release-1"
    assert [path.name for path in site.backups()] == [b["name"] for b in site.json("backup", "list")["backups"]]
    site.must("--auto-migrate", "--health-check", "--image", f"{site.repository}:v2")
    assert site.running_image_id() == site.version_id("v2")
