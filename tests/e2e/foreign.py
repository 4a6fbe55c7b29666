"""A project that was not written for this tool: one compose file, started by hand so far, with the database inside."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.site import PASSWORD, Site, wait_for

# Workers that do nothing but run; one says no where the image says so.
WORK = (
    "import os, sys, time\nif os.environ.get('WORKER_FAILS'):\n    sys.exit('no broker answers')\n"
    "while True:\n    time.sleep(1)"
)
# The last one's Dockerfile is what `--build` finds.
FRONTS = {
    "broken": '["python", "-c", "raise SystemExit(3)"]', "v2": '["python", "-m", "http.server", "3000"]',
    "v1": '["python", "-m", "http.server", "3000"]',
}
COMPOSE = f"""\
# Nobody of this tool has ever written into this file.
x-env: &env
  DATABASE_URL: postgresql://shop:${{POSTGRES_PASSWORD}}@db:5432/shop
  APP_SECRET: "two$$dollars"
  FLAG: ${{FLAG:-old}}

services:
  web:
    image: "${{SHOP_IMAGE}}:${{TAG:-latest}}"
    container_name: ${{NAME}}_web
    environment: *env
    ports: ["127.0.0.1:${{WEB_PORT}}:8000"]
    depends_on: {{db: {{condition: service_healthy}}, cache: {{condition: service_started}}}}
    healthcheck:
      test: ["CMD", "python", "-I", "-S", "/srv/app/healthcheck.py"]
      interval: 2s
      start_period: 20s
    restart: unless-stopped
  jobs:
    image: "${{SHOP_IMAGE}}:${{TAG:-latest}}"
    command: ["python", "-c", {WORK!r}]
    init: true
    environment: *env
    depends_on: [db, cache]
    restart: unless-stopped
  beat:
    image: "${{SHOP_IMAGE}}:${{TAG:-latest}}"
    command: ["python", "-c", {WORK!r}]
    init: true
    environment: *env
    restart: unless-stopped
  db:
    image: surefoot/base-postgres:bookworm
    environment: {{POSTGRES_USER: shop, POSTGRES_PASSWORD: "${{POSTGRES_PASSWORD}}", POSTGRES_DB: shop}}
    volumes: [data:/var/lib/postgresql/data]
    healthcheck:
      test: ["CMD", "pg_isready", "-q", "-U", "shop", "-h", "127.0.0.1"]
      interval: 1s
      retries: 30
  cache:
    image: surefoot/base-python:bookworm
    command: ["python", "-m", "http.server", "6379"]
    init: true
  seed:
    image: "${{SHOP_IMAGE}}:${{TAG:-latest}}"
    command: ["python", "-c", "import os; raise SystemExit(int(os.environ['SEED_EXIT']))"]
    environment: {{SEED_EXIT: "${{SEED_EXIT:-0}}"}}
    labels: {{surefoot.role: once}}
  frontend:
    build: ./frontend
    image: "${{SHOP_IMAGE}}-front:${{FRONT:-v1}}"
    environment: {{API: "http://web:8000", FLAG: "${{FRONT_FLAG:-old}}"}}
    labels: {{traefik.http.routers.front.rule: "Host(`shop.example`)"}}
    init: true
volumes: {{data: {{}}}}
"""


@dataclass
class ForeignSite(Site):
    """Its settings are the compose file and a .env that are its owner's."""

    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.repository = self.name  # as `docker build` and Compose name what has no registry
        self.compose_file = self.directory / "compose.yaml"
        self.compose_file.write_text(COMPOSE)
        self.settings = {
            "COMPOSE_PROJECT_NAME": self.name, "NAME": self.name, "SHOP_IMAGE": self.name, "TAG": "v1",
            "WEB_PORT": str(self.edge_port), "POSTGRES_PASSWORD": PASSWORD,
            # What is ours and has nothing to do with the shape: no registry is in reach, and seconds are dear.
            "EDGE_IMAGE": "surefoot/base-haproxy:bookworm", "DEPLOY_RESERVE_DISK_BYTES": "1000000",
            "DEPLOY_WATCH_MINUTES": "0", "DEPLOY_CHECK": "parsed", "DEPLOY_SETTLE_SECONDS": "1",
            "DEPLOY_STOP_GRACE_SECONDS": "10",
        }
        self.write_settings()
        for version in ("v1", "v2", "no-worker"):
            self.platform.client.images.get(f"surefoot-e2e:{version}").tag(self.name, version)
        for version, command in FRONTS.items():
            self.build_front(version, command)

    def build_front(self, version: str, command: str) -> None:
        """An image of the frontend: built here, as the team does it."""
        folder = self.directory / "frontend"
        folder.mkdir(exist_ok=True)
        (folder / "Dockerfile").write_text(
            f"FROM surefoot/base-python:bookworm\nLABEL front={version}\nCMD {command}\n"
        )
        self.platform.client.images.build(path=str(folder), tag=f"{self.name}-front:{version}", rm=True)

    def front_id(self, version: str) -> str:
        return str(self.platform.client.images.get(f"{self.name}-front:{version}").id)

    def by_hand(self, *words: str) -> str:
        """What the owner typed before this tool came."""
        done = subprocess.run(
            ["docker", "compose", *words], cwd=self.directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=180, check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def start_by_hand(self) -> str:
        """v1 at 0006, all of it; returns the id of the container that publishes the port."""
        self.by_hand("up", "-d", "--wait", "db")
        self.by_hand("run", "--rm", "--no-deps", "web", "alembic", "upgrade", "head")
        self.by_hand("up", "-d")
        wait_for(lambda: self.status_of("web") == "healthy", 60, "the application")
        return str(self.containers("web")[0].id)

    def status_of(self, service: str) -> str:
        [container] = self.containers(service)
        return str((container.attrs["State"].get("Health") or {}).get("Status") or container.status)

    def sql(self, query: str) -> str:
        [database] = self.containers("db")
        code, output = database.exec_run(["psql", "-U", "shop", "-d", "shop", "-At", "-c", query])
        assert code == 0, output.decode()
        return str(output.decode().strip())

    def images_of(self, *services: str) -> set[str]:
        """Of everything that runs of them."""
        return {str(c.attrs["Image"]) for service in services for c in self.containers(service) if c.status == "running"}

    def environment_of(self, service: str) -> dict[str, str]:
        """What its one container was started with."""
        [container] = self.containers(service)
        return dict(entry.split("=", 1) for entry in container.attrs["Config"]["Env"])

    def app_state(self) -> list[tuple[str, str, str]]:
        return sorted((c.id, c.attrs["Image"], c.status) for c in self.containers("web"))

    def remove(self) -> None:
        project = {"label": f"com.docker.compose.project={self.name}"}
        client: Any = self.platform.client
        for container in client.containers.list(all=True, ignore_removed=True, filters=project):
            container.remove(force=True, v=True)
        for network in client.networks.list(filters=project):
            network.remove()
        for volume in client.volumes.list(filters=project):
            volume.remove(force=True)
        names = [self.name, f"{self.name}-front", f"{self.name}-admin"]
        for image in [image for name in names for image in client.images.list(name=name)]:
            for tag in [tag for tag in image.tags if tag.startswith(tuple(f"{name}:" for name in names))]:
                client.images.remove(tag, force=True)
