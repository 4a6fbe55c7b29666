"""Obligation: no scratch server and no directory outlives its check, however that ended."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.check.conftest import binaries_of
from tests.integration.check.projects import Project, check, check_words, clean_environment, make_project

pytestmark = pytest.mark.postgres

PREFIX = "surefoot-scratch-"
WAIT_SECONDS = 30


@pytest.fixture
def temporary(tmp_path: Path) -> Iterator[Path]:
    """A directory of this test's own for temporary files, short enough for a socket's name."""
    place = Path(tempfile.gettempdir()) / f"sft-{os.getpid()}-{time.monotonic_ns() % 10**8}"
    place.mkdir(mode=0o755)
    yield place
    for entry in place.glob(f"{PREFIX}*"):
        subprocess.run(["rm", "-rf", str(entry)], check=False)
    place.rmdir()


@pytest.fixture
def slow(tmp_path: Path) -> Project:
    """A project whose second revision sleeps for a minute."""
    binaries_of(17)
    project = make_project(tmp_path / "p")
    project.revision("start", None, 'op.create_table("users", sa.Column("id", sa.BigInteger, primary_key=True))')
    project.revision("r", "start", 'op.execute("SELECT pg_sleep(60)")')
    return project


@pytest.fixture
def quick(tmp_path: Path) -> Project:
    """A project that is checked at once."""
    project = make_project(tmp_path / "q")
    project.revision("start", None, 'op.create_table("users", sa.Column("id", sa.BigInteger, primary_key=True))')
    return project


def begin(project: Project, temporary: Path) -> subprocess.Popen[str]:
    """Start a check, and wait until its revision sleeps on the scratch server."""
    running = subprocess.Popen(
        check_words("--json", "--no-database", "--output", str(project.directory / "preview.sql")),
        cwd=project.directory, env=clean_environment({"TMPDIR": str(temporary)}), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=heed_signals,  # noqa: PLW1509 - no thread of ours runs here
    )
    wait_for(lambda: sleeps(temporary))
    return running


def heed_signals() -> None:
    """As a terminal starts it: under nohup or in the background, a test run hands on that these are ignored."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def sleeps(temporary: Path) -> bool:
    """Whether a server below this directory runs pg_sleep."""
    return any("SELECT pg_sleep" in log.read_text(errors="replace") for log in temporary.glob(f"{PREFIX}*/server.log"))


def servers_in(temporary: Path) -> list[str]:
    """Command lines of processes that name this directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(temporary) in line:
                found.append(line)
    return found


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_check_that_ends_leaves_nothing(quick: Project, temporary: Path) -> None:
    answer = check(quick, variables={"TMPDIR": str(temporary)})

    assert answer.report["method"] == "measured"
    assert list(temporary.iterdir()) == []
    assert servers_in(temporary) == []


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_check_that_is_interrupted_leaves_nothing(
    with_signal: signal.Signals, slow: Project, temporary: Path
) -> None:
    running = begin(slow, temporary)

    running.send_signal(with_signal)
    running.communicate(timeout=WAIT_SECONDS)

    assert running.returncode != 0
    wait_for(lambda: servers_in(temporary) == [])
    assert list(temporary.iterdir()) == []


def test_ctrl_c_reaches_the_whole_group_and_leaves_nothing(slow: Project, temporary: Path) -> None:
    running = begin(slow, temporary)

    os.killpg(running.pid, signal.SIGINT)
    running.communicate(timeout=WAIT_SECONDS)

    wait_for(lambda: servers_in(temporary) == [])
    assert list(temporary.iterdir()) == []


def test_a_check_that_is_killed_is_swept_by_the_next_one(slow: Project, quick: Project, temporary: Path) -> None:
    running = begin(slow, temporary)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    assert len(list(temporary.glob(f"{PREFIX}*"))) == 1

    answer = check(quick, variables={"TMPDIR": str(temporary)})

    assert answer.report["method"] == "measured"
    wait_for(lambda: servers_in(temporary) == [])
    assert list(temporary.iterdir()) == []


def test_a_projects_python_ends_when_its_check_is_killed(slow: Project, temporary: Path) -> None:
    running = begin(slow, temporary)
    children = children_of(running.pid)
    assert children

    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    check(slow, "--to", "start", variables={"TMPDIR": str(temporary)})

    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() and not is_zombie(pid) for pid in children))


def children_of(pid: int) -> list[int]:
    """Direct children but for the server, which has a session of its own."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    for thread in Path(f"/proc/{pid}/task").iterdir():
        text += " " + (thread / "children").read_text(encoding="utf-8")
    return sorted({int(word) for word in text.split()})


def is_zombie(pid: int) -> bool:
    """Ended, and not yet waited for by whoever adopted it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_two_checks_at_once_leave_each_other_alone(slow: Project, quick: Project, temporary: Path) -> None:
    first = begin(slow, temporary)

    answer = check(quick, variables={"TMPDIR": str(temporary)})

    assert answer.report["method"] == "measured"
    assert first.poll() is None
    assert sleeps(temporary)
    assert len(servers_in(temporary)) >= 1
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=WAIT_SECONDS)
    wait_for(lambda: servers_in(temporary) == [])
