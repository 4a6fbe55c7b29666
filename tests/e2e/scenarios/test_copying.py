"""A deployment's backup goes off the machine; where that fails, the deployment does not, and everybody is told."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.e2e.site import Site
from tests.integration.backups.waiting import wait_for

pytestmark = pytest.mark.docker


def contents(directory: Path) -> dict[str, bytes]:
    """Without the record, which goes on being written here."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*")) if path.is_file() and path.name != "record.json"
    }


@pytest.fixture
def there(running_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A target of the running site."""
    directory = tmp_path_factory.mktemp("there")
    running_site.write_settings(DEPLOY_BACKUP_COPY_TO=str(directory))
    return directory


def test_a_deployments_backup_is_copied_before_the_migration(running_site: Site, there: Path) -> None:
    site = running_site
    site.must("--auto-migrate", "--backup", "--image", site.push("v2"))
    (backup,) = site.json("backup", "list")["backups"]
    assert [copy["target"] for copy in backup["copies"]] == [str(there)]
    assert contents(there) == contents(site.directory / ".deploy" / "backups")
    steps = [step["name"] for step in site.json("history")["deployments"][0]["steps"]]
    assert steps.index("back-up-database") < steps.index("copy-backup") < steps.index("migrate-database")
    assert not [problem for problem in site.json("status")["problems"] if "newest backup" in problem]


def test_a_copy_that_fails_fails_no_deployment_and_is_told_until_it_is_made(running_site: Site, there: Path) -> None:
    site = running_site
    there.rmdir()
    assert "local only" in site.must("--auto-migrate", "--backup", "--image", site.push("v2")).output
    assert site.revision() == "0007"
    (backup,) = site.json("backup", "list")["backups"]
    assert list(backup["copy_problems"]) == [str(there)]
    assert [problem for problem in site.json("status")["problems"] if "local only" in problem]
    assert "local only" in site.must("--skip-migrate", "--plan", "--image", site.push("v2b")).output
    there.mkdir()
    site.must("backup", "push", "--latest")
    assert contents(there) == contents(site.directory / ".deploy" / "backups")
    assert not [problem for problem in site.json("status")["problems"] if "local only" in problem]


def test_a_deployment_killed_in_its_copy_is_resumed_and_copies_the_rest(running_site: Site, there: Path) -> None:
    site = running_site
    site.write_settings(DEPLOY_BACKUP_COPY_BYTES_PER_SECOND="1000")
    process = site.start("--auto-migrate", "--backup", "--image", site.push("v2"))
    wait_for(lambda: bool(list(there.rglob(".*.part"))), "the copy is under way", 90)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    (backup,) = site.json("backup", "list")["backups"]
    assert backup["copies"] == []
    assert list(backup["copy_problems"]) == [str(there)]
    assert site.revision() == "0006"
    site.write_settings(DEPLOY_BACKUP_COPY_BYTES_PER_SECOND="0")
    site.must("resume")
    assert site.revision() == "0007"
    assert contents(there) == contents(site.directory / ".deploy" / "backups")
    (backup,) = site.json("backup", "list")["backups"]
    assert backup["copy_problems"] == {}


def test_a_backup_alone_is_copied_and_comes_back_after_a_loss_of_the_machine(running_site: Site, there: Path) -> None:
    site = running_site
    site.must("backup", "create")
    (backup,) = site.json("backup", "list")["backups"]
    before = contents(site.directory / ".deploy" / "backups")
    for path in sorted((site.directory / ".deploy" / "backups").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (listed,) = site.json("backup", "pull", "--list", "--from", str(there))["backups"]
    assert listed["name"] == backup["name"]
    site.must("backup", "pull", backup["name"], "--from", str(there))
    assert contents(site.directory / ".deploy" / "backups") == before
    site.must("backup", "verify", backup["name"])
