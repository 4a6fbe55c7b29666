"""A real sshd on loopback, with keys of its own, as the server that a pipeline logs in to."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.site import free_port, wait_for


@dataclass(frozen=True)
class SshServer:
    """How to log in."""

    port: int
    user: str
    key: str
    known_hosts: str


@contextmanager
def open_ssh_server(directory: Path) -> Iterator[SshServer]:
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if program is None:
        why = "no sshd here: apt-get install openssh-server"
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must run everything: {why}")
        pytest.skip(why)
    directory.mkdir(mode=0o700)
    for name in ("host_key", "client_key"):
        argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(directory / name)]
        subprocess.run(argv, check=True, capture_output=True)
    (directory / "authorized_keys").write_text((directory / "client_key.pub").read_text())
    port = free_port()
    (directory / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {directory}/host_key\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {directory}/authorized_keys\nPasswordAuthentication no\nStrictModes no\n"
        "PermitRootLogin prohibit-password\nPubkeyAuthentication yes\n"
    )
    if os.geteuid() == 0:  # sshd insists on its empty directory, which only the distribution's service makes
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    process = subprocess.Popen(
        [program, "-D", "-e", "-f", str(directory / "sshd_config")],
        stdout=subprocess.DEVNULL, stderr=(directory / "log").open("w"),
    )
    try:
        wait_for(lambda: _answers(port), 20, "sshd")
        host_key = " ".join((directory / "host_key.pub").read_text().split()[:2])
        yield SshServer(
            port, getpass.getuser(), (directory / "client_key").read_text().rstrip("\n"),
            f"[127.0.0.1]:{port} {host_key}",
        )
    finally:
        process.terminate()
        process.wait(timeout=10)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
