"""What all sites share: PostgreSQL, a registry, and the images that the scenarios deploy."""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import docker

from tests.e2e.site import PASSWORD, ROOT, Platform, build_image, free_port, wait_for

BUILD_LOCK = Path(tempfile.gettempdir()) / "surefoot-e2e-build.lock"
LABEL = {"surefoot.e2e": "platform"}
# It is thrown away, and no scenario cuts its power.
QUICK = ("-c", "fsync=off", "-c", "full_page_writes=off")
CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")

FAILING_REVISION = (
    'from alembic import op\\nrevision = "0008"\\ndown_revision = "0007"\\nbranch_labels = None\\ndepends_on = None\\n'
    'def upgrade():\\n    op.execute("ALTER TABLE orders ADD COLUMN half text")\\n'
    '    op.execute("ALTER TABLE orders ADD COLUMN id text")\\n'
    "def downgrade():\\n    pass\\n"
)
COMMITTING_REVISION = (
    'from alembic import op\\nrevision = "0008"\\ndown_revision = "0007"\\nbranch_labels = None\\ndepends_on = None\\n'
    'def upgrade():\\n    op.execute("ALTER TABLE orders ADD COLUMN half text")\\n'
    '    op.execute("CREATE TABLE twice AS SELECT 1 AS n FROM generate_series(1, 2)")\\n    op.execute("COMMIT")\\n'
    '    with op.get_context().autocommit_block():\\n'
    '        op.execute("CREATE UNIQUE INDEX CONCURRENTLY once ON twice (n)")\\n'
    "def downgrade():\\n    pass\\n"
)
DROPPING_REVISION = (
    'from alembic import op\\nrevision = "0008"\\ndown_revision = "0007"\\nbranch_labels = None\\ndepends_on = None\\n'
    'def upgrade():\\n    op.execute("ALTER TABLE orders DROP COLUMN client_reference")\\n'
    'def downgrade():\\n    op.execute("ALTER TABLE orders ADD COLUMN client_reference text")\\n'
)


def _with_revision(text: str) -> list[str]:
    return ["FROM surefoot-e2e:v2", "USER 0", f"RUN printf '{text}' > migrations/versions/0008_next.py", "USER 10001"]


def _build_images(client: docker.DockerClient) -> None:
    for version, service in (("v2", "app"), ("v1", "app-v1")):
        environment = {
            **os.environ, "BUILD_IMAGE": f"surefoot-e2e:{version}", "BASE_IMAGE": "surefoot/base-python:bookworm",
            "CA_BUNDLE": str(CA_BUNDLE) if CA_BUNDLE.exists() else "/dev/null", "COMPOSE_BAKE": "false",
        }
        argv = ["docker", "compose", "--progress", "quiet", "-f", str(ROOT / "docker-compose.build.yml"), "build"]
        subprocess.run([*argv, service], env=environment, check=True, capture_output=True, timeout=600)
    never = ["FROM surefoot-e2e:v2", "USER 0", "RUN echo 'raise SystemExit(1)' > app/healthcheck.py", "USER 10001"]
    build_image(client, "surefoot-e2e:never-healthy", never)
    build_image(client, "surefoot-e2e:v1-never-healthy", ["FROM surefoot-e2e:v1", *never[1:]])
    build_image(client, "surefoot-e2e:failing-migration", _with_revision(FAILING_REVISION))
    build_image(client, "surefoot-e2e:committing", _with_revision(COMMITTING_REVISION))
    build_image(client, "surefoot-e2e:dropping", _with_revision(DROPPING_REVISION))
    build_image(client, "surefoot-e2e:no-worker", ["FROM surefoot-e2e:v2", "ENV WORKER_FAILS=1"])
    build_image(client, "surefoot-e2e:v1b", ["FROM surefoot-e2e:v1", "LABEL another=one"])
    build_image(client, "surefoot-e2e:v2b", ["FROM surefoot-e2e:v2", "LABEL another=one"])


@contextmanager
def open_platform(is_kept: Callable[[], bool] = lambda: False) -> Iterator[Platform]:
    """Start it, and remove it afterwards, unless it is kept for a site that failed."""
    client = docker.from_env()
    with BUILD_LOCK.open("w") as lock:  # built twice at once, one name would bear two images in turn
        fcntl.flock(lock, fcntl.LOCK_EX)
        _build_images(client)
    gateway = client.networks.get("bridge").attrs["IPAM"]["Config"][0].get("Gateway", "172.17.0.1")
    database_port, registry_port = free_port(), free_port()
    database = client.containers.run(
        "surefoot/base-postgres:bookworm", ["postgres", *QUICK], detach=True, labels=LABEL, stop_signal="SIGINT", shm_size="128m",
        environment={"POSTGRES_USER": "auto_trader", "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "auto_trader"},
        ports={"5432/tcp": [("127.0.0.1", database_port), (gateway, database_port)]},
        tmpfs={"/var/lib/postgresql/data": ""},  # a database for each scenario: on a disk that is much of its time
    )
    registry = client.containers.run(
        "surefoot/base-registry:bookworm", detach=True, labels=LABEL, ports={"5000/tcp": ("127.0.0.1", registry_port)}
    )
    try:
        ready = ["pg_isready", "-q", "-h", "127.0.0.1", "-U", "auto_trader"]
        wait_for(lambda: database.exec_run(ready).exit_code == 0, 60, "PostgreSQL")
        yield Platform(client, database, database_port, registry, registry_port)
    finally:
        for container in () if is_kept() else (database, registry):
            container.remove(force=True, v=True)
        client.close()
