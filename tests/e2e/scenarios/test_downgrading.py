"""The schema goes back only where what runs can follow, and only after a backup."""

from __future__ import annotations

import pytest

from tests.e2e.site import ROOT, Site, moments

pytestmark = pytest.mark.docker
KILLED_DOWNGRADE = ("begun:downgrade-database", "inside:downgrade-started", "done:downgrade-database")


@pytest.fixture
def newer_site(running_site: Site) -> Site:
    """Release 2 serves at 0007."""
    running_site.must("--auto-migrate", "--health-check", "--image", running_site.push("v2"))
    assert running_site.revision() == "0007"
    return running_site


def columns(site: Site) -> str:
    return site.sql(
        "SELECT string_agg(table_name || '.' || column_name, ',' ORDER BY 1) FROM information_schema.columns "
        "WHERE table_schema = 'public'"
    )


def test_a_release_that_needs_the_newer_schema_is_rolled_back_first(newer_site: Site) -> None:
    site = newer_site
    refused = site.deploy("downgrade", "0006", "--confirm", site.name)
    assert refused.exit_code == 3, refused.output
    assert "rollback --to release-1" in refused.output
    assert site.revision() == "0007"
    site.must("rollback", "--to", "release-1", "--yes")
    before, backups = columns(site), len(site.backups())
    planned = site.must("downgrade", "0006", "--plan")
    assert "ALTER TABLE" in planned.output or "DROP" in planned.output, "the SQL is shown"
    assert site.deploy("downgrade", "0006").exit_code == 3, "somebody must say the name"
    assert site.revision() == "0007"
    done = site.must("downgrade", "0006", "--confirm", site.name)
    assert site.revision() == "0006", done.output
    assert columns(site) != before
    assert len(site.backups()) == backups + 1
    assert site.health()["status"] == "ok"
    assert site.running_image_id() == site.version_id("v1")
    assert site.deploy("downgrade", "0006", "--confirm", site.name).exit_code == 3, "there is nothing to take back"
    site.must("--auto-migrate", "--health-check", "--image", f"{site.repository}:v2")
    assert site.revision() == "0007", "and up again: the service's own command was not changed"


@pytest.mark.parametrize("fault", moments(KILLED_DOWNGRADE, ("inside:downgrade-started",)))
def test_a_killed_downgrade_is_finished_by_resume(newer_site: Site, fault: str) -> None:
    site = newer_site
    site.must("rollback", "--to", "1", "--yes")
    environment = {
        "SUREFOOT_FAULT": fault, "SUREFOOT_ROOT": str(ROOT), "PYTHONPATH": str(ROOT / "tests" / "e2e" / "faults"),
    }
    done = site.deploy("downgrade", "0006", "--confirm", site.name, environment=environment)
    assert done.exit_code == -9, done.output
    site.must("resume")
    assert site.revision() == "0006"
    assert site.health()["status"] == "ok"
    assert site.deploy("resume").exit_code == 3


def contracted_site(site: Site) -> Site:
    """Release 2 serves at 0008, which dropped what release 1 reads; two orders hold what goes back."""
    plan = site.json("--manual-migrate", "--backup", "--image", site.push("dropping"), "--plan")["plan"]
    site.must("--manual-migrate", "--backup", "--image", f"{site.repository}:dropping", "--approve", plan["id"])
    assert site.revision() == "0008"
    return site


def test_after_a_contract_one_command_goes_back_with_release_and_schema(running_site: Site) -> None:
    site = contracted_site(running_site)
    refused = site.deploy("rollback", "--yes")
    assert refused.exit_code == 3, refused.output
    assert "rollback --to 1 --with-schema" in refused.output
    planned = site.must("rollback", "--with-schema", "--plan")
    assert "orders.client_reference comes back empty" in planned.output
    assert site.deploy("rollback", "--with-schema").exit_code == 3, "somebody must say the name"
    assert site.revision() == "0008"
    backups = len(site.backups())
    done = site.must("rollback", "--with-schema", "--confirm", site.name)
    assert site.revision() == "0007", done.output
    assert site.running_image_id() == site.version_id("v1") == site.image_id("latest")
    assert site.health()["release"] == "release-1"
    assert len(site.backups()) == backups + 1
    assert "left: release-2" in site.must("status").output


@pytest.mark.parametrize("fault", moments(KILLED_DOWNGRADE[1:], ("done:downgrade-database",)))
def test_a_killed_way_back_with_the_schema_is_finished_by_resume(running_site: Site, fault: str) -> None:
    site = contracted_site(running_site)
    environment = {
        "SUREFOOT_FAULT": fault, "SUREFOOT_ROOT": str(ROOT), "PYTHONPATH": str(ROOT / "tests" / "e2e" / "faults"),
    }
    done = site.deploy("rollback", "--with-schema", "--confirm", site.name, environment=environment)
    assert done.exit_code == -9, done.output
    site.must("resume")
    assert site.revision() == "0007"
    assert site.health()["release"] == "release-1"
