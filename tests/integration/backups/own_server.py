"""A server that nobody else needs: killed, started again, and with as little room as a test gives it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.scratch.server import is_ready, scratch_server
from tests.integration.backups.conftest import QUIET
from tests.integration.backups.site import ask
from tests.integration.backups.waiting import wait_for
from tests.integration.check.conftest import binaries_of

MAJOR = 15


class OwnServer:
    """One that is running, and was started by `scratch_server`."""

    def __init__(self, directory: Path, address: DatabaseAddress) -> None:
        self.data = directory / "data"
        self.address = address
        self._pid_file = self.data / "postmaster.pid"
        self._log = directory / "server.log"
        self._words = Path(f"/proc/{self.pid}/cmdline").read_bytes().decode().split("\0")[:-1]
        self._started: list[subprocess.Popen[bytes]] = []

    @property
    def pid(self) -> int:
        """Of the postmaster."""
        return int(self._pid_file.read_text().splitlines()[0])

    def end(self, how: signal.Signals) -> None:
        """SIGINT stops it in order, SIGQUIT at once, SIGKILL without a word to its children."""
        pid = self.pid
        os.kill(pid, how)
        os.waitpid(pid, 0)  # a dead process that nobody waited for would count as another postmaster

    def start(self) -> None:
        """Again, once the children of the one before are gone."""
        wait_for(self._try_to_start, "the server starts again", 60)

    def start_unless_it_recovers(self) -> None:
        """After a crash: by itself, or it ended for good and is started."""
        wait_for(lambda: self._answers() or not self._pid_file.exists(), "the server recovers, or ends", 60)
        if not self._pid_file.exists():
            self.start()

    def _answers(self) -> bool:
        try:
            return bool(ask(self.address, "SELECT true"))
        except (asyncpg.PostgresError, OSError):
            return False

    def kill_one_session(self, application_name: str) -> None:
        """SIGKILL for one server process: the postmaster ends all others, and recovers."""
        question = "SELECT min(pid) FROM pg_stat_activity WHERE application_name = $1"
        os.kill(ask(self.address, question, application_name), signal.SIGKILL)

    def _try_to_start(self) -> bool:
        owner = self.data.stat()
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                self._words, user=owner.st_uid, group=owner.st_gid, extra_groups=[], cwd="/",
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )
        self._started.append(process)
        wait_for(lambda: process.poll() is not None or self._is_ready(process.pid), "the server is ready, or ends")
        return process.poll() is None

    def _is_ready(self, pid: int) -> bool:
        return is_ready(self._pid_file) and self.pid == pid

    def move_log_of_writes(self, place: Path) -> None:
        """The write-ahead log to another disk while the server is stopped, without the files that wait to be used."""
        program = Path(self._words[0]).with_name("pg_controldata")
        told = subprocess.run([program, self.data], capture_output=True, text=True, check=True, env={"LC_ALL": "C"})
        needed = next(line.split()[-1] for line in told.stdout.splitlines() if "REDO WAL file" in line)
        for path in (self.data / "pg_wal").iterdir():
            if path.is_file() and path.name != needed:
                path.unlink()
        subprocess.run(["cp", "-a", str(self.data / "pg_wal"), str(place)], check=True)
        shutil.rmtree(self.data / "pg_wal")
        (self.data / "pg_wal").symlink_to(place)

    def close(self) -> None:
        """End what was started here."""
        for process in self._started:
            if process.poll() is None:
                process.send_signal(signal.SIGQUIT)
            process.wait()


@contextmanager
def own_server(root: Path) -> Iterator[OwnServer]:
    """Start one in a directory of its own under `root`."""
    with scratch_server(binaries_of(MAJOR), root, settings=QUIET) as server:
        address = DatabaseAddress(server.address, server.port, server.user, "postgres")
        made = OwnServer(server.directory, address)
        try:
            yield made
        finally:
            made.close()
