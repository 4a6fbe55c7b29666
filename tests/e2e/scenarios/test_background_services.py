"""A worker and a scheduler of the application's image, in the same compose file: they are part of the release."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.site import Site, wait_for

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
    assert (runs(shop, "worker"), runs(shop, "beat"), runs(shop, "cache")) == ([v1], [v1], [])

    shop.must("--auto-migrate", "--health-check", "--image", shop.push("v2"))

    assert (runs(shop, "worker"), runs(shop, "beat"), shop.running_image_id()) == ([v2], [v2], v2)
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
