"""SIGKILL before, inside and after every step: `resume` finishes, `abort` takes back; never anything between."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.e2e.site import ROOT, Done, Site, moments

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


# With data checks and a watch, four more steps: each is met before, inside and after, by one of the two ends.
WATCHED_WORDS = ("--auto-migrate", "--health-check", "--watch", "0.1")
FINISHED = (
    "begun:measure-before", "done:measure-before", "begun:try-release", "before:measure-data", "done:measure-data", "begun:verify-data",
    "before:watch-release", "begun:watch-release", "inside:first-sample", "done:watch-release",
)
TAKEN_BACK = (
    "before:measure-before", "done:measure-before", "done:try-release", "inside:data-asked", "before:verify-data", "done:verify-data",
    "inside:first-sample",
)
WATCHED_MIGRATED = {"before:verify-data", "done:verify-data", "inside:first-sample"}
# Every step is met by one of the two ends, and every kind of moment by both.
CHOSEN_RESUMED = ("inside:migration-started", "inside:scaled-up")
CHOSEN_ABORTED = ("inside:dump", "done:migrate-database", "inside:draining")
CHOSEN_FINISHED = ("inside:first-sample",)
CHOSEN_TAKEN_BACK = ("done:verify-data",)
# The locks are free while a release is watched: another command may end a watch, and is not refused.
WATCHING = {"begun:watch-release", "inside:first-sample"}


def killed(site: Site, fault: str) -> Done:
    (site.directory / "copies").mkdir()
    site.write_settings(DEPLOY_BACKUP_COPY_TO=str(site.directory / "copies"))
    return killed_at(site, fault, WORDS)


def killed_while_watched(site: Site, fault: str) -> Done:
    directory = site.directory / "verify"
    directory.mkdir()
    directory.chmod(0o755)
    check = directory / "users.sql"
    check.write_text("-- name: users never shrink\n-- expect: not shrinking\nSELECT count(*) FROM users")
    check.chmod(0o644)
    site.write_settings(DEPLOY_TRY_RELEASE="1", DEPLOY_WATCH_BEFORE_SECONDS="1", DEPLOY_WATCH_INTERVAL_SECONDS="1")
    return killed_at(site, fault, WATCHED_WORDS)


def killed_at(site: Site, fault: str, words: Sequence[str]) -> Done:
    site.push("v2")
    done = site.deploy(
        *words, "--image", f"{site.repository}:v2",
        environment={
            "SUREFOOT_FAULT": fault, "SUREFOOT_ROOT": str(ROOT), "PYTHONPATH": str(ROOT / "tests" / "e2e" / "faults"),
        },
    )
    assert done.exit_code == -9, done.output
    assert site.health()["status"] == "ok", "somebody must serve at every instant"
    return done


def require_next_is_refused(site: Site) -> None:
    blocked = site.deploy("--skip-migrate")
    assert blocked.exit_code == 3, blocked.output
    assert "resume" in blocked.output


def require_finished(site: Site) -> None:
    assert site.revision() == "0007"
    assert site.running_image_id() == site.version_id("v2") == site.image_id("latest")
    assert site.image_id("backup") == site.version_id("v1")
    assert len(site.serving_slots()) == 1
    assert site.health()["release"] == "release-2"
    assert site.deploy("resume").exit_code == 3


def require_taken_back(site: Site, done: Done, *, is_migrated: bool) -> None:
    assert done.exit_code == (4 if is_migrated else 0), done.output
    assert site.revision() == ("0007" if is_migrated else "0006")
    if is_migrated:
        assert "alembic downgrade 0006" in done.output, "the one command that comes next"
    else:
        assert site.image_id("backup") is None
    assert site.running_image_id() == site.version_id("v1") == site.image_id("latest")
    assert len(site.serving_slots()) == 1
    assert site.health()["release"] == "release-1"


@pytest.mark.parametrize("fault", moments(FAULTS, CHOSEN_RESUMED))
def test_a_killed_deployment_is_finished_by_resume(running_site: Site, fault: str) -> None:
    site = running_site
    killed(site, fault)
    require_next_is_refused(site)
    site.must("resume")
    require_finished(site)
    assert len(site.backups()) == 1, "nothing is done twice, no partial file is left"


@pytest.mark.parametrize("fault", moments(FAULTS, CHOSEN_ABORTED))
def test_a_killed_deployment_is_taken_back_by_abort(running_site: Site, fault: str) -> None:
    site = running_site
    killed(site, fault)
    done = site.deploy("abort")
    # The migration's container may outlive the deployment, as it should.
    outlived = fault == "inside:migration-started" and site.revision() == "0007"
    require_taken_back(site, done, is_migrated=outlived or fault in MIGRATED)
    assert [path.name for path in site.backups()] == [b["name"] for b in site.json("backup", "list")["backups"]]
    site.must("--auto-migrate", "--health-check", "--image", f"{site.repository}:v2")
    assert site.running_image_id() == site.version_id("v2")


@pytest.mark.parametrize("fault", moments(FINISHED, CHOSEN_FINISHED))
def test_a_deployment_that_is_killed_around_its_checks_and_its_watch_is_finished_by_resume(
    running_site: Site, fault: str
) -> None:
    site = running_site
    killed_while_watched(site, fault)
    if fault not in WATCHING:
        require_next_is_refused(site)
    done = site.must("resume")
    require_finished(site)
    assert "1 data checks hold" in done.output
    # A watch that has passed is not begun anew; any other is.
    assert ("nothing confirmed against release-2" in done.output) is (fault != "done:watch-release")


@pytest.mark.parametrize("fault", moments(TAKEN_BACK, CHOSEN_TAKEN_BACK))
def test_a_deployment_that_is_killed_around_its_checks_and_its_watch_is_taken_back_by_abort(
    running_site: Site, fault: str
) -> None:
    site = running_site
    killed_while_watched(site, fault)
    done = site.deploy("abort")
    require_taken_back(site, done, is_migrated=fault in WATCHED_MIGRATED)
    site.must("--auto-migrate", "--health-check", "--image", f"{site.repository}:v2")
    assert site.running_image_id() == site.version_id("v2")
