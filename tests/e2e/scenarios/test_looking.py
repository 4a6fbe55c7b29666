"""`status`, `health` and the end of an abort say what is seen, on real containers; nothing else."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.e2e.site import ROOT, Site, wait_for

pytestmark = pytest.mark.docker

ENOUGH_SECONDS = 400.0


def healthcheck(site: Site) -> int:
    """The exit code of `scripts/healthcheck.sh`, as a cron job runs it."""
    argv = [str(ROOT / "scripts" / "healthcheck.sh"), "--project-directory", str(site.directory)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DEPLOY_")}
    return subprocess.run(argv, env=clean, capture_output=True, timeout=120, check=False).returncode


def test_what_does_not_serve_is_wrong_in_every_look_until_the_next_command_mended_it(running_site: Site) -> None:
    site = running_site
    well = site.deploy("status")
    assert well.exit_code == 0, well.output
    assert well.output.splitlines()[-1].startswith("next: ")
    assert healthcheck(site) == 0
    [container] = site.containers()
    container.stop(timeout=1)
    broken = site.deploy("status")
    assert broken.exit_code == 3, broken.output
    assert site.deploy("health").exit_code == 1
    assert healthcheck(site) == 1
    assert site.deploy("checklist", "before", "--no-store").exit_code == 3
    command = broken.output.splitlines()[-1].removeprefix("next: ")
    assert command == f"docker start {container.name}"
    assert os.system(command) == 0  # noqa: S605 - the tool's own word, which an operator would type
    wait_for(lambda: site.deploy("status").exit_code == 0, 60, "status to be well again")

    away = site.deploy("status", environment={"DOCKER_HOST": "unix:///nonexistent.sock"})
    assert away.exit_code == 3
    assert "not known: what the application's containers do is not known" in away.output
    assert f"database: {site.name}" in away.output, "what answers is told all the same"


def test_an_abort_starts_what_was_stopped_meanwhile_and_says_as_it_was_of_what_it_saw(running_site: Site) -> None:
    site = running_site
    before = site.running_image_id()
    site.push("v2")
    faults = {
        "SUREFOOT_FAULT": "begun:migrate-database", "SUREFOOT_ROOT": str(ROOT),
        "PYTHONPATH": str(ROOT / "tests" / "e2e" / "faults"),
    }
    killed = site.deploy(
        "--auto-migrate", "--image", f"{site.repository}:v2", environment=faults, timeout=ENOUGH_SECONDS
    )
    assert killed.exit_code == -9, killed.output
    for service in ("app", "edge"):
        for container in site.containers(service):
            container.stop(timeout=1)
    done = site.deploy("abort", timeout=ENOUGH_SECONDS)
    assert done.exit_code == 0, done.output
    assert site.health()["release"] == "release-1"
    assert (site.running_image_id(), len(site.serving_slots())) == (before, 1)
    assert "started again:" in done.output
