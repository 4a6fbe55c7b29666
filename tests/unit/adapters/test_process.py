"""Running programs, and keeping passwords out of what they say."""

from __future__ import annotations

import os
import sys
import time

import pytest

from deploy.adapters.process import redact, run_program
from deploy.model.errors import DeployError


@pytest.mark.parametrize(
    ("text", "secrets", "hidden", "kept"),
    [
        ("connect postgresql://bob:hunter2@db:5432/x failed", [], "hunter2", "@db:5432/x failed"),
        ("postgresql+asyncpg://bob:p%40ss@db/x", [], "p%40ss", "@db/x"),
        ("redis://:hunter2@cache", [], "hunter2", "@cache"),
        ("the word hunter2 alone", ["hunter2"], "hunter2", "the word"),
        ("a longer one: hunter22", ["hunter2", "hunter22"], "hunter2", "a longer one"),
        ("nothing here, http://host/path", ["", "x9"], "\0", "http://host/path"),
    ],
)
def test_redact(text, secrets, hidden, kept):
    said = redact(text, secrets)
    assert hidden not in said
    assert kept in said


def test_redact_hides_a_password_that_holds_an_at_sign():
    assert "ss" not in redact("postgresql://bob:p@ss@db/x")


def test_both_streams_the_code_and_the_environment():
    program = "import os, sys; print(os.environ['A']); print('err', file=sys.stderr); sys.exit(3)"
    done = run_program([sys.executable, "-c", program], environment={"A": "1"})
    assert (done.exit_code, done.stdout, done.stderr) == (3, "1\n", "err\n")


def test_it_runs_in_a_session_of_its_own_so_that_ctrl_c_does_not_reach_it():
    done = run_program([sys.executable, "-c", "import os; print(os.getsid(0))"])
    assert int(done.stdout) != os.getsid(0)


def test_bytes_that_are_no_text_do_not_break_it():
    done = run_program([sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'\\xff ok')"])
    assert done.stdout.endswith(" ok")


def test_a_missing_program_is_named():
    with pytest.raises(DeployError) as caught:
        run_program(["surefoot-no-such-program"])
    assert caught.value.reference == "program-missing"
    assert "surefoot-no-such-program" in caught.value.what


def test_a_program_that_does_not_end_is_an_error_in_time():
    began = time.monotonic()
    with pytest.raises(DeployError) as caught:
        run_program([sys.executable, "-c", "import time; time.sleep(60)"], timeout_seconds=0.3)
    assert caught.value.reference == "program-timeout"
    assert time.monotonic() - began < 10


def test_after_a_time_out_its_children_are_gone_too(tmp_path):
    pid_file = tmp_path / "pid"
    with pytest.raises(DeployError):
        run_program(["sh", "-c", f"sleep 60 & echo $! > {pid_file}; wait"], timeout_seconds=0.5)
    pid = int(pid_file.read_text())
    try:
        deadline = time.monotonic() + 0.5
        while time.monotonic() < deadline and _is_alive(pid):
            time.sleep(0.02)
        assert not _is_alive(pid)
    finally:
        if _is_alive(pid):
            os.kill(pid, 9)


def test_a_program_that_may_not_be_run_is_an_error_not_a_traceback(tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o644)
    with pytest.raises(DeployError):
        run_program([str(program)])


def test_a_missing_directory_is_not_called_a_missing_program(tmp_path):
    with pytest.raises(DeployError) as caught:
        run_program([sys.executable, "-c", ""], working_directory=tmp_path / "absent")
    assert caught.value.reference != "program-missing"


def _is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
