"""One holder at a time, across processes; the kernel frees it with the holder."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.adapters.state_lock import state_lock
from deploy.model.deployments import Actor
from deploy.model.errors import LockedError

HOLD = """
import subprocess, sys, pathlib, time
from deploy.adapters.state_lock import state_lock
from deploy.model.deployments import Actor
with state_lock(pathlib.Path(sys.argv[1]), Actor("bob", "host-2", None), "deploy --auto-migrate"):
    child = subprocess.Popen(["sleep", "30"], close_fds=False)
    print(child.pid, flush=True)
    time.sleep(30)
"""


def test_a_second_process_is_refused_and_a_killed_holder_leaves_nothing(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    child_pid = int(holder.stdout.readline())
    try:
        with pytest.raises(LockedError) as caught, state_lock(tmp_path, Actor("ann", "h", None), "deploy"):
            pass
        for word in ("deploy --auto-migrate", "bob", f"pid {holder.pid}", "since"):
            assert word in caught.value.what
        holder.kill()
        holder.wait()
        with state_lock(tmp_path, Actor("ann", "h", None), "deploy"):
            pass  # its child still runs, and holds nothing
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
        subprocess.run(["kill", f"-{int(signal.SIGKILL)}", str(child_pid)], check=False)


def test_it_can_be_taken_again_and_the_file_stays(tmp_path: Path) -> None:
    for _ in range(2):
        with state_lock(tmp_path, Actor("ann", "h", None), "deploy"):
            pass
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
