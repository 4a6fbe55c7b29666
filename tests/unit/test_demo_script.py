"""A demo that does not reach its end: no load goes on, and what can be typed next is said."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 60.0
# Everything around the script is stood in for: what is looked at is the script's own end.
STAND_INS = {
    "scripts/bootstrap.sh": "true", "scripts/build-base-image.sh": "true", "bin/docker": "true",
    "scripts/deploy.sh": "true",
    ".venv/bin/python": f'if [ "$1" = - ]; then echo served; else exec {sys.executable} "$@"; fi',
}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name, text in STAND_INS.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)
    for name in ("demo.sh", "load.py"):
        shutil.copy(ROOT / "scripts" / name, tmp_path / "scripts")
    for name in ("docker-compose.prod.yml", "docker-compose.demo.yml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "edge", tmp_path / "edge")
    return tmp_path


def start(clone: Path) -> subprocess.Popen[str]:
    # A new session: the signals of a terminal reach the whole group, and nobody else.
    # What our own parent ignores (nohup, a job in the background) would stay ignored in the shell.
    hearing = ["/usr/bin/env", "--default-signal=INT,TERM,HUP"]
    return subprocess.Popen(
        [*hearing, str(clone / "scripts" / "demo.sh")], start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={"PATH": f"{clone / 'bin'}:/usr/bin:/bin"},
    )


def loads_of(clone: Path) -> list[int]:
    """Processes of this clone's load."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
        except OSError:
            continue
        if str(clone / "scripts" / "load.py").encode() in words:
            found.append(int(path.parent.name))
    return found


def wait_for_load(clone: Path) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not (loads_of(clone) and (clone / "second").exists()):
        assert time.monotonic() < deadline, "the load never began"
        time.sleep(0.05)


def run_to_the_second_release(clone: Path, second: str) -> subprocess.Popen[str]:
    """The first release is deployed; what the second does is given."""
    (clone / "scripts" / "deploy.sh").write_text(
        f'#!/bin/bash\ncase "$*" in *:v2*) touch "{clone}/second"; {second} ;; esac\n'
    )
    return start(clone)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interrupted_demo_ends_its_load_and_says_what_is_next(
    clone: Path, number: signal.Signals, code: int
) -> None:
    running = run_to_the_second_release(clone, "sleep 60")
    wait_for_load(clone)
    os.killpg(running.pid, number)
    _, said = running.communicate(timeout=WAIT_SECONDS)
    assert running.returncode == code
    assert 'interrupted at "the second release' in said
    assert "next: make demo begins anew; make demo-down removes what is there" in said
    assert loads_of(clone) == []


def test_a_demo_that_fails_ends_its_load_and_keeps_the_exit_code(clone: Path) -> None:
    running = run_to_the_second_release(clone, "sleep 1; exit 4")
    _, said = running.communicate(timeout=WAIT_SECONDS)
    assert running.returncode == 4
    assert 'failed at "the second release' in said
    assert "scripts/deploy.sh --project-directory .demo status" in said
    assert loads_of(clone) == []


def test_the_load_ends_with_the_process_that_began_it(clone: Path) -> None:
    running = run_to_the_second_release(clone, "sleep 60")
    wait_for_load(clone)
    os.kill(running.pid, signal.SIGKILL)
    deadline = time.monotonic() + WAIT_SECONDS
    while loads_of(clone):
        assert time.monotonic() < deadline, "the load outlives the demo"
        time.sleep(0.1)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate(timeout=WAIT_SECONDS)
