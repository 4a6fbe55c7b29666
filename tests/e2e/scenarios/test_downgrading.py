"""The schema goes back only where what runs can follow, and only after a backup."""

from __future__ import annotations

import pytest

from tests.e2e.site import ROOT, Platform, Site, build_image, moments

pytestmark = pytest.mark.docker
KILLED_DOWNGRADE = ("begun:downgrade-database", "inside:downgrade-started", "done:downgrade-database")

HEAD_OF_REVISION = (
    'import sqlalchemy as sa\\nfrom alembic import op\\nrevision = "0008"\\ndown_revision = "0007"\\n'
    'branch_labels = None\\ndepends_on = None\\n'
    'def upgrade():\\n    op.execute("ALTER TABLE orders ADD COLUMN later text")\\n'
)
FAILING_WAY_BACK = (
    'def downgrade():\\n    op.execute("ALTER TABLE orders DROP COLUMN later")\\n'
    '    op.execute("ALTER TABLE orders DROP COLUMN never_there")\\n'
)
# Offline there is no connection, so its SQL does not show the first statement.
WAY_BACK_IN_PYTHON = (
    'def downgrade():\\n    bind = op.get_bind()\\n    if isinstance(bind, sa.engine.Connection):\\n'
    '        bind.execute(sa.text("DELETE FROM strategies WHERE id > :least"), {"least": 0})\\n'
    '    op.execute("ALTER TABLE orders DROP COLUMN later")\\n'
)


@pytest.fixture(scope="module")
def images(platform: Platform) -> None:
    for tag, way_back in (("fails-back", FAILING_WAY_BACK), ("python-back", WAY_BACK_IN_PYTHON)):
        line = f"RUN printf '{HEAD_OF_REVISION}{way_back}' > migrations/versions/0008_next.py"
        build_image(platform.client, f"surefoot-e2e:{tag}", ["FROM surefoot-e2e:v2", "USER 0", line, "USER 10001"])


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
    plan = site.json("downgrade", "0006", "--plan")["plan"]
    assert site.deploy("downgrade", "0006", "--approve", "000000000000").exit_code == 3
    done = site.must("downgrade", "0006", "--approve", plan["id"])
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
    refused = site.deploy("rollback", "--with-schema")
    assert refused.exit_code == 3, "somebody must say yes"
    assert site.deploy("rollback", "--with-schema", "--confirm", "another").exit_code == 3
    plan = site.json("rollback", "--with-schema", "--plan")["plan"]
    assert f"rollback --with-schema --approve {plan['id']}" in refused.output, "the whole command that comes next"
    assert site.revision() == "0008"
    backups = len(site.backups())
    done = site.must("rollback", "--with-schema", "--approve", plan["id"])
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


def rolled_back_above_the_schema(site: Site, version: str) -> None:
    """Release 1 serves again; the database stays at 0008, which release 2 brought. Downgrades are tried."""
    site.must("--auto-migrate", "--health-check", "--image", site.push(version))
    site.must("rollback", "--to", "1", "--yes")
    site.write_settings(DEPLOY_CHECK="measured")
    assert site.revision() == "0008"


def test_a_downgrade_that_would_fail_is_refused_before_production_is_touched(running_site: Site, images: None) -> None:
    site = running_site
    rolled_back_above_the_schema(site, "fails-back")
    before = columns(site), site.revision(), site.app_state(), site.backups(), site.health()
    planned = site.json("downgrade", "0006", "--plan")
    assert planned["error"]["reference"] == "downgrade-fails", "a plan that nobody can approve"
    refused = site.deploy("downgrade", "0006", "--confirm", site.name)
    assert refused.exit_code == 3, refused.output
    assert "the downgrade of 0008 fails" in refused.output
    assert "ALTER TABLE orders DROP COLUMN never_there" in refused.output
    assert (columns(site), site.revision(), site.app_state(), site.backups(), site.health()) == before
    assert site.deploy("resume").exit_code == 3, "nothing was begun"


def test_what_a_downgrades_python_deletes_is_said_and_must_be_confirmed(running_site: Site, images: None) -> None:
    site = running_site
    rolled_back_above_the_schema(site, "python-back")
    rows = int(site.sql("SELECT count(*) FROM strategies"))
    assert rows > 0, "there is something to lose"
    planned = site.json("downgrade", "0006", "--plan")
    assert planned["method"] == "measured"
    assert planned["plan"]["summary"]["taken_back"] == ["0008", "0007"]
    newest = planned["sql"][0]
    assert "DELETE" not in newest["sql"]
    assert [statement.split(" WHERE")[0] for statement in newest["unwritten"]] == ["DELETE FROM strategies"]
    assert planned["rows"]["strategies"] == rows
    assert planned["plan"]["needs_approval"] == "typed"
    assert site.deploy("downgrade", "0006", "--yes").exit_code == 3, "somebody must say the name"
    assert site.sql("SELECT count(*) FROM strategies") == str(rows)
    done = site.must("downgrade", "0006", "--confirm", site.name)
    assert site.revision() == "0006", done.output
    assert site.sql("SELECT count(*) FROM strategies") == "0"
    assert site.health()["status"] == "ok"
