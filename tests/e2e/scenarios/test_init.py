"""A project that `init` prepared is deployed with the very files that it wrote."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.e2e.site import ROOT, Site
from tests.integration.pipelines.rendering import COMMIT

pytestmark = pytest.mark.docker


def test_a_prepared_project_is_checked_planned_deployed_and_rolled_forward(site: Site) -> None:
    (site.directory / "docker-compose.prod.yml").unlink()
    shutil.rmtree(site.directory / "edge")
    shutil.copy(ROOT / "alembic.ini", site.directory)
    for name in ("migrations", "app"):
        shutil.copytree(ROOT / name, site.directory / name)
    shutil.copy(ROOT / "Dockerfile", site.directory)
    (site.directory / "main.py").write_text('@app.get("/api/health")\ndef health(): ...\n')
    document = site.json("init", "--yes", "--python", sys.executable, "--surefoot", COMMIT.place)
    assert all(file["written"] for file in document["files"])
    assert document["layout"]["health_path"] == "/api/health"
    assert document["check_problem"] is None
    assert document["check"]["revisions"] >= 6

    rendered = subprocess.run(
        ["docker", "compose", "-f", "docker-compose.prod.yml", "--profile", "*", "config", "--format", "json"],
        cwd=site.directory, capture_output=True, text=True, check=True,
    )
    services = json.loads(rendered.stdout)["services"]
    assert set(services) == {"app", "edge", "migration"}
    assert services["migration"]["command"] == ["alembic", "-c", "alembic.ini", "-n", "alembic", "upgrade", "head"]
    reference = site.push("v1")
    assert site.json("--auto-migrate", "--image", reference, "--plan")["plan"]["steps"]
    site.must("--auto-migrate", "--health-check", "--image", reference)
    assert site.running_image_id() == site.version_id("v1")
    assert site.revision() == "0006"
    site.must("--auto-migrate", "--health-check", "--image", site.push("v2"))
    assert site.health()["release"] == "release-2"
