"""A revision of the contract phase waits until `contract` runs it."""

from __future__ import annotations

import base64

import pytest

from tests.e2e.site import Site, build_image

pytestmark = pytest.mark.docker
REVISION = '''"""drop the note"""
from alembic import op

revision = "{name}"
down_revision = "{down}"
branch_labels = None
depends_on = None
deploy_phase = "{phase}"


def upgrade() -> None:
    op.execute("{sql}")


def downgrade() -> None:
    op.execute("SELECT 1")
'''


def push_with(site: Site, base: str, tag: str, *revisions: tuple[str, str, str, str]) -> str:
    """An image with further revisions: name, down, phase, SQL."""
    lines = [f"FROM surefoot-e2e:{base}", "USER 0:0"]
    for name, down, phase, sql in revisions:
        text = REVISION.format(name=name, down=down, phase=phase, sql=sql)
        coded = base64.b64encode(text.encode()).decode()
        lines.append(f"RUN echo {coded} | base64 -d > migrations/versions/{name}.py")
    build_image(site.platform.client, f"{site.repository}:{tag}", [*lines, "USER 10001:10001"])
    for line in site.platform.client.images.push(site.repository, tag, stream=True, decode=True):
        assert "error" not in line, line
    return f"{site.repository}:{tag}"


def test_contract_waits_is_listed_refused_and_then_run(running_site: Site) -> None:
    site = running_site
    reference = push_with(
        site, "v2", "contract", ("0008", "0007", "expand", "CREATE TABLE notes (id bigint PRIMARY KEY)"),
        ("0009", "0008", "contract", "DROP TABLE notes"),
    )

    done = site.must("--auto-migrate", "--health-check", "--image", reference)

    assert "postponed" in done.output
    assert site.revision() == "0008"
    assert "postponed: 0009" in site.must("status").output
    refused = site.deploy("contract", "--yes")
    assert refused.exit_code == 3, refused.output
    assert "release-1" in refused.output
    unwatched = site.deploy("contract", "--yes", "--give-up-rollback", environment={"DEPLOY_WATCH_MINUTES": "10"})
    assert unwatched.exit_code == 3, unwatched.output
    assert "was never watched" in unwatched.output
    assert site.revision() == "0008"
    before = site.app_state()
    plan = site.json("contract", "--plan", "--give-up-rollback")["plan"]["id"]
    site.must("contract", "--give-up-rollback", "--approve", plan)
    assert site.revision() == "0009"
    assert site.sql("SELECT to_regclass('notes') IS NULL") == "t"
    assert site.app_state() == before
    assert site.health()["status"] == "ok"
