"""One production for one test: its own compose project, ports, database and directory. Everything real."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.published_json import require_published

ROOT = Path(__file__).resolve().parents[2]
DEPLOY_SH = ROOT / "scripts" / "deploy.sh"
PASSWORD = "e2e-secret-word"
# Debian's own `psql` is a script in Perl that looks for clusters first.
PSQL = next((str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"))), None) or shutil.which("psql")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Done:
    """How one command ended."""

    exit_code: int
    output: str

    def __post_init__(self) -> None:
        assert PASSWORD not in self.output, "a secret reached the output"
        ours = [line for line in self.output.splitlines() if line.startswith("Traceback")]
        assert not ours, self.output  # the migration's own log lines are indented


@dataclass
class Platform:
    """What all sites share: PostgreSQL, a registry, and the images of the reference application."""

    client: docker.DockerClient
    database_container: Any
    database_port: int
    registry_container: Any
    registry_port: int

    @property
    def repository_host(self) -> str:
        return f"127.0.0.1:{self.registry_port}"

    def sql(self, query: str, database: str = "postgres") -> str:
        """By this machine's psql, where it has one: an `exec` in the container takes ten times as much of a core."""
        words = ["-U", "auto_trader", "-d", database, "-At", "-v", "ON_ERROR_STOP=1", "-c", query]
        if PSQL is None:
            code, output = self.database_container.exec_run(["psql", *words])
            assert code == 0, output.decode()
            return str(output.decode().strip())
        done = subprocess.run(
            [PSQL, "-h", "127.0.0.1", "-p", str(self.database_port), *words], env={**os.environ, "PGPASSWORD": PASSWORD},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout.strip()


@dataclass
class Site:
    """A production."""

    platform: Platform
    directory: Path
    name: str = field(default_factory=lambda: f"sfe2e{uuid.uuid4().hex[:8]}")
    edge_port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    template: str = "template1"  # its database begins as a copy of this one

    def __post_init__(self) -> None:
        self.platform.sql(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}" STRATEGY FILE_COPY')
        self.repository = f"{self.platform.repository_host}/{self.name}"
        shutil.copy(ROOT / "docker-compose.prod.yml", self.directory)
        shutil.copytree(ROOT / "edge", self.directory / "edge")
        base = f"postgresql://auto_trader:{PASSWORD}@{{}}:{self.platform.database_port}/{self.name}"
        self.settings = {
            "PROJECT": self.name,
            "IMAGE_REPOSITORY": self.repository,
            "GITHUB_REPOSITORY": "acme/shop",
            "DATABASE_URL": base.format("host.docker.internal"),
            "DEPLOY_DATABASE_URL": base.format("127.0.0.1"),
            "EDGE_PORT": str(self.edge_port),
            "EDGE_IMAGE": "surefoot/base-haproxy:bookworm",
            "DEPLOY_RESERVE_DISK_BYTES": "1000000",
            "DEPLOY_STOP_GRACE_SECONDS": "10",
            "DEPLOY_WATCH_MINUTES": "0",
            # Seconds of both cores in each of some hundred deployments; who looks at them calls `as_a_user_has_it`.
            "DEPLOY_TRY_RELEASE": "0",
            "DEPLOY_CHECK": "parsed",
            "APP_HEALTH_INTERVAL": "3s",
            "EDGE_HEALTH_INTERVAL": "5s",
        }
        self.write_settings()

    def as_a_user_has_it(self) -> None:
        """With the defaults of what takes long: the measured check, the trial of the release, frequent health checks."""
        self.write_settings(
            DEPLOY_TRY_RELEASE="1", DEPLOY_CHECK="measured", APP_HEALTH_INTERVAL="1s", EDGE_HEALTH_INTERVAL="2s"
        )

    def write_settings(self, **changes: str) -> None:
        self.settings |= changes
        text = "".join(f"{name}={value}\n" for name, value in self.settings.items())
        (self.directory / ".env").write_text(text)

    # --- acting ---------------------------------------------------------------------------------
    def start(self, *words: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("DEPLOY_", "SUREFOOT_"))}
        return subprocess.Popen(
            [str(DEPLOY_SH), "--project-directory", str(self.directory), *words], env=clean | (environment or {}),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )

    def deploy(self, *words: str, environment: dict[str, str] | None = None, timeout: float = 180) -> Done:
        process = self.start(*words, environment=environment)
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return Done(process.returncode, output)

    def must(self, *words: str, **more: Any) -> Done:
        done = self.deploy(*words, **more)
        assert done.exit_code == 0, done.output
        return done

    def push(self, version: str, tag: str | None = None) -> str:
        """Publish one of the platform's images in this site's repository; returns the reference."""
        image = self.platform.client.images.get(f"surefoot-e2e:{version}")
        image.tag(self.repository, tag or version)
        for line in self.platform.client.images.push(self.repository, tag or version, stream=True, decode=True):
            assert "error" not in line, line
        return f"{self.repository}:{tag or version}"

    def load(self, *, rate: int, seconds: float) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(ROOT / "scripts" / "load.py"), "--url", f"http://127.0.0.1:{self.edge_port}",
             "--rate", str(rate), "--seconds", str(seconds)],
            stdout=subprocess.PIPE, text=True,
        )

    # --- looking --------------------------------------------------------------------------------
    def containers(self, service: str = "app") -> list[Any]:
        labels = [f"com.docker.compose.project={self.name}", f"com.docker.compose.service={service}"]
        return list(self.platform.client.containers.list(all=True, ignore_removed=True, filters={"label": labels}))

    def app_state(self) -> list[tuple[str, str, str]]:
        """Container id, image id and status: equal before and after means untouched."""
        return sorted((c.id, c.attrs["Image"], c.status) for c in self.containers())

    def running_image_id(self) -> str:
        [container] = self.containers()
        assert container.status == "running"
        return str(container.attrs["Image"])

    def image_id(self, tag: str) -> str | None:
        try:
            return str(self.platform.client.images.get(f"{self.repository}:{tag}").id)
        except docker.errors.ImageNotFound:
            return None

    def version_id(self, version: str) -> str:
        return str(self.platform.client.images.get(f"surefoot-e2e:{version}").id)

    def sql(self, query: str) -> str:
        return self.platform.sql(query, self.name)

    def revision(self) -> str:
        if self.sql("SELECT to_regclass('alembic_version') IS NULL") == "t":
            return ""
        return self.sql("SELECT version_num FROM alembic_version")

    def health(self) -> dict[str, Any]:
        import urllib.request

        with urllib.request.urlopen(f"http://127.0.0.1:{self.edge_port}/api/health", timeout=5) as answer:
            body: dict[str, Any] = json.load(answer)
        return body

    def serving_slots(self) -> list[str]:
        """Addresses that the edge sends requests to."""
        from deploy.adapters.edge import HaproxyEdge
        from deploy.model.containers import SlotState

        slots = HaproxyEdge(self.directory / ".deploy" / "edge" / "admin.sock").slots()
        return [s.address for s in slots if s.address and s.state is SlotState.READY and s.is_up]

    def json(self, *words: str) -> dict[str, Any]:
        process = self.start(*words, "--json")
        output, _ = process.communicate(timeout=180)
        document: dict[str, Any] = json.loads(output[output.index("{") :])
        require_published(words, document)
        return document

    def backups(self) -> list[Path]:
        directory = self.directory / ".deploy" / "backups"
        return sorted(directory.iterdir()) if directory.exists() else []

    def remove(self) -> None:
        project = {"label": f"com.docker.compose.project={self.name}"}
        for container in self.platform.client.containers.list(all=True, ignore_removed=True, filters=project):
            container.remove(force=True, v=True)
        for network in self.platform.client.networks.list(filters=project):
            network.remove()
        for image in self.platform.client.images.list(name=self.repository):
            for tag in [t for t in image.tags if t.startswith(self.repository)]:
                self.platform.client.images.remove(tag, force=True)
        self.platform.sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')


def moments(faults: Sequence[str], chosen: Sequence[str]) -> list[Any]:
    """Parameters of a kill matrix: `make test` runs the chosen ones, `make test-exhaustive` all the others.

    Raises:
        ValueError: a chosen moment is none of the matrix.
    """
    if unknown := set(chosen) - set(faults):
        raise ValueError(f"no moments of this matrix: {sorted(unknown)}")
    return [pytest.param(f, marks=() if f in chosen else pytest.mark.exhaustive) for f in faults]


def wait_for(condition: Any, seconds: float = 30, what: str = "the condition") -> None:
    import time

    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} was not met within {seconds} s"
        time.sleep(0.05)


def wait_for_step(
    site: Site, process: subprocess.Popen[str], name: str, seconds: float = 60, *, number: int = 2
) -> None:
    """Until the deployment of this process has begun a step.

    Args:
        seconds: more where a check runs before the step, and the machine may be busy.
        number: the how many-th deployment of the site it is; one that is over must not be taken for it.
    """
    import sqlite3

    def is_begun() -> bool:
        assert process.poll() is None, "the deployment ended early"
        with sqlite3.connect(site.directory / ".deploy" / "ledger.sqlite3") as ledger:
            found = ledger.execute(
                "SELECT 1 FROM journal WHERE name = ? AND state = 'begun' AND deployment_id = "
                "(SELECT max(id) FROM deployments)", (name,)
            ).fetchone()
            latest = ledger.execute("SELECT count(*) FROM deployments").fetchone()[0]
        return found is not None and latest >= number

    wait_for(is_begun, seconds, f"step {name}")


@contextmanager
def locked_table(site: Site, table: str, mode: str = "ACCESS SHARE") -> Iterator[None]:
    """Another session holds the table, as a report or a pg_dump would."""
    hold = f"BEGIN; LOCK TABLE {table} IN {mode} MODE; SELECT pg_sleep(120)"
    argv = ["psql", "-U", "auto_trader", "-d", site.name, "-c", hold]
    site.platform.database_container.exec_run(argv, detach=True)
    sleeping = "FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK TABLE%' AND state = 'active'"
    wait_for(lambda: site.sql(f"SELECT count(*) {sleeping}") == "1", 30, "the lock")
    try:
        yield
    finally:
        site.sql(f"SELECT pg_terminate_backend(pid) {sleeping}")


def build_image(client: docker.DockerClient, tag: str, instructions: Sequence[str]) -> None:
    """A small image on top of one of the application's; without network."""
    import io

    client.images.build(fileobj=io.BytesIO("\n".join(instructions).encode()), tag=tag, rm=True, forcerm=True)
