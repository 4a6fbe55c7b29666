"""A real PgBouncer on loopback, before a server that the test has."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

IGNORED = "extra_float_digits,statement_timeout,lock_timeout,search_path,options"


@contextmanager
def pgbouncer(
    directory: Path, target: str, *, mode: str, pool_size: int = 5, ignored: str = IGNORED, more: str = ""
) -> Iterator[int]:
    """The port that it listens on.

    Args:
        target: `host=… port=… user=… password=…` of the server; every database of it is there.
        mode: `transaction`, `session` or `statement`.
        ignored: startup parameters that it swallows; it refuses the others.
        more: further lines of its configuration.
    """
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        why = "there is no pgbouncer; run scripts/bootstrap.sh --dev"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    directory.mkdir(mode=0o755, parents=True, exist_ok=True)
    configuration = directory / "pgbouncer.ini"
    configuration.write_text(
        f"[databases]\n* = {target}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = any\npool_mode = {mode}\ndefault_pool_size = {pool_size}\n"
        + (f"ignore_startup_parameters = {ignored}\n" if ignored else "") + more
    )
    words = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to be root
    process = subprocess.Popen([program, *words, str(configuration)], stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 20
        while not _answers(port):
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline, "pgbouncer does not answer"
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _answers(port: int) -> bool:
    with closing(socket.socket()) as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
