"""A worker and a scheduler of the application's image, in the same compose file: they are part of the release."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.site import ROOT, Site, moments, wait_for

pytestmark = pytest.mark.docker

# What each process writes is the proof: when it began, that it worked, and that it ended by itself.
PROGRAM = '''
import os, signal, sys, time

name, release = sys.argv[1], os.environ["RELEASE"]


def say(word):
    with open("/log/" + name, "a") as file:
        file.write("%f %s %s\\n" % (time.monotonic(), word, release))


def end(*_):
    time.sleep(1)  # it finishes what it is at
    say("end")
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
if name == "worker" and os.environ.get("WORKER_FAILS"):
    print("no broker answers", flush=True)
    sys.exit(3)
say("start")
while True:
    say("tick")
    time.sleep(0.2)
'''
SERVICE = {
    "image": "${APP_IMAGE:-${IMAGE_REPOSITORY}:latest}", "init": True, "restart": "unless-stopped",
    "stop_grace_period": "20s", "environment": {"RELEASE": "${RELEASE:-manual}"},
    "volumes": ["./log:/log", "./program.py:/program.py:ro"],
}


MOMENTS = [f"{moment}:switch-background" for moment in ("before", "begun", "done")]
MOMENTS += ["inside:background-started", "inside:background-stopped"]
STOPPING = [f"{moment}:stop-background" for moment in ("before", "begun", "done")] + ["inside:background-stopped"]


@dataclass(frozen=True)
class Word:
    """One line of a process."""

    at: float
    word: str
    release: str


def with_background(site: Site) -> None:
    """The project's own file is not touched: a second one has the worker, the scheduler, and what is no release's."""
    (site.directory / "log").mkdir()
    (site.directory / "log").chmod(0o777)
    (site.directory / "program.py").write_text(PROGRAM)
    services = {
        name: {**SERVICE, "command": ["python", "/program.py", name]} for name in ("worker", "beat")
    } | {"cache": {"image": "surefoot/base-registry:bookworm"}}
    (site.directory / "background.yml").write_text(json.dumps({"services": services}))
    site.write_settings(
        DEPLOY_COMPOSE_FILES="docker-compose.prod.yml:background.yml", DEPLOY_SETTLE_SECONDS="2",
    )


def said(site: Site, name: str) -> list[Word]:
    path: Path = site.directory / "log" / name
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [Word(float(at), word, release) for at, word, release in (line.split() for line in lines)]


def runs(site: Site, service: str) -> list[str]:
    """Image ids of what runs of it."""
    return [c.attrs["Image"] for c in site.containers(service) if c.status == "running"]


def require_never_two(site: Site, name: str = "beat") -> None:
    """Every start but the first comes after the end of the one before."""
    turns = [w.word for w in said(site, name) if w.word != "tick"]
    assert turns == ["start", "end"] * (len(turns) // 2) + ["start"] * (len(turns) % 2), turns


@pytest.fixture
def shop(site: Site) -> Site:
    """Release 1 with its worker and its scheduler."""
    with_background(site)
    done = site.must("--auto-migrate", "--health-check", "--image", site.push("v1"))
    assert "worker" in done.output
    assert "beat" in done.output
    return site


def test_they_are_started_moved_and_brought_back_with_the_release(shop: Site) -> None:
    v1, v2 = shop.version_id("v1"), shop.version_id("v2")
    assert (runs(shop, "worker"), runs(shop, "beat"), len(runs(shop, "cache"))) == ([v1], [v1], 1)
    cache = shop.containers("cache")[0].id

    shop.must("--auto-migrate", "--health-check", "--image", shop.push("v2"))

    assert (runs(shop, "worker"), runs(shop, "beat"), shop.running_image_id()) == ([v2], [v2], v2)
    assert shop.containers("cache")[0].id == cache, "no part of a release"
    wait_for(lambda: any(w.release == "release-2" and w.word == "tick" for w in said(shop, "worker")), 30, "its work")
    assert [w.release for w in said(shop, "worker") if w.word == "end"] == ["release-1"], "the old one finished its work"
    require_never_two(shop)

    shop.must("rollback", "--yes")

    assert (runs(shop, "worker"), runs(shop, "beat"), shop.running_image_id()) == ([v1], [v1], v1)
    require_never_two(shop)
    assert shop.deploy("status").exit_code == 0


def test_a_worker_that_does_not_start_takes_the_whole_release_back(shop: Site) -> None:
    v1 = shop.version_id("v1")

    done = shop.deploy("--auto-migrate", "--health-check", "--image", shop.push("no-worker"))

    assert done.exit_code != 0, done.output
    assert "no broker answers" in done.output
    assert (runs(shop, "worker"), runs(shop, "beat"), shop.running_image_id()) == ([v1], [v1], v1)
    assert len(shop.containers("worker")) == 1
    require_never_two(shop)


def test_a_worker_of_the_old_code_does_not_meet_a_schema_that_may_break_it(shop: Site) -> None:
    shop.must("--auto-migrate", "--image", shop.push("v2"))
    dropping = shop.version_id("dropping")

    shop.must(
        "--auto-migrate", "--accept-risk", "very-high", "--reason", "nobody reads it", "--backup",
        "--image", shop.push("dropping"),
    )

    assert shop.revision() == "0008"
    assert (runs(shop, "worker"), runs(shop, "beat")) == ([dropping], [dropping])
    turns = [(w.word, w.release) for w in said(shop, "worker") if w.word != "tick"]
    # One after the other: the old one had ended before the migration, the new one came after it.
    assert turns[-2:] == [("end", "release-2"), ("start", "release-3")], turns


def test_status_says_which_worker_does_not_run_or_is_another_releases(shop: Site) -> None:
    assert shop.deploy("status").exit_code == 0
    [beat] = shop.containers("beat")
    beat.stop(timeout=10)
    wrong = shop.deploy("status")
    assert wrong.exit_code != 0
    assert "beat" in wrong.output
    shop.must("--skip-migrate", "--image", shop.version_id("v1"))
    assert runs(shop, "beat") == [shop.version_id("v1")]
    assert shop.deploy("status").exit_code == 0


def test_a_restore_stops_them_first_and_starts_them_when_it_is_certain(shop: Site) -> None:
    shop.must("--backup")
    [backup] = shop.backups()
    before = len([w for w in said(shop, "worker") if w.word == "start"])

    shop.must("restore", backup.name, "--confirm", shop.name)

    v1 = shop.version_id("v1")
    assert (runs(shop, "worker"), runs(shop, "beat"), shop.running_image_id()) == ([v1], [v1], v1)
    turns = [w.word for w in said(shop, "worker") if w.word != "tick"]
    assert turns[-2:] == ["end", "start"], "it had ended before it started again"
    assert len([word for word in turns if word == "start"]) == before + 1
    require_never_two(shop)


def killed(site: Site, fault: str, *words: str) -> None:
    done = site.deploy(
        *words, environment={
            "SUREFOOT_FAULT": fault, "SUREFOOT_ROOT": str(ROOT), "PYTHONPATH": str(ROOT / "tests" / "e2e" / "faults"),
        },
    )
    assert done.exit_code == -9, done.output
    assert site.health()["status"] == "ok"


def require_one_release(site: Site, version: str) -> None:
    image = site.version_id(version)
    assert (runs(site, "worker"), runs(site, "beat"), site.running_image_id()) == ([image], [image], image)
    assert (len(site.containers("worker")), len(site.containers("beat"))) == (1, 1), "nothing stopped is left"
    require_never_two(site)


@pytest.mark.parametrize("fault", moments(MOMENTS, ["inside:background-stopped"]))
def test_a_deployment_killed_while_they_move_is_finished_by_resume(shop: Site, fault: str) -> None:
    killed(shop, fault, "--auto-migrate", "--health-check", "--image", shop.push("v2"))
    shop.must("resume")
    require_one_release(shop, "v2")


@pytest.mark.parametrize("fault", moments(MOMENTS, ["inside:background-started"]))
def test_a_deployment_killed_while_they_move_is_taken_back_by_abort(shop: Site, fault: str) -> None:
    killed(shop, fault, "--skip-migrate", "--image", shop.push("v1b"))
    shop.must("abort")
    require_one_release(shop, "v1")


@pytest.mark.parametrize("fault", moments(STOPPING, ["done:stop-background"]))
def test_a_deployment_killed_before_it_migrates_brings_the_stopped_ones_back(shop: Site, fault: str) -> None:
    shop.must("--auto-migrate", "--image", shop.push("v2"))
    killed(
        shop, fault, "--auto-migrate", "--accept-risk", "very-high", "--reason", "nobody reads it", "--backup",
        "--image", shop.push("dropping"),
    )
    shop.must("abort")
    assert shop.revision() == "0007"
    require_one_release(shop, "v2")
