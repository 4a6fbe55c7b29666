"""The same small project twice: in memory, and on a real engine with a real HAProxy."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.adapters.compose import DockerCompose
from deploy.adapters.containers import PROJECT_LABEL, DockerContainers
from deploy.adapters.edge import HaproxyEdge
from deploy.adapters.images import DockerImages
from deploy.model.containers import Container, Slot
from deploy.model.doors import Compose, Containers, Edge, Images
from tests.fakes.fake_docker import FakeCompose, FakeContainers, FakeDocker, FakeEdge, FakeImages, ImageBehaviour

REPOSITORY = Path(__file__).resolve().parents[2]
BASE_IMAGE = "surefoot/base-python:bookworm"
SERVER = (
    "import http.server, os, signal, sys, time\n"
    "print('hello from the application', flush=True)\n"
    "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
    "behaviour = os.environ.get('BEHAVIOUR', 'good')\n"
    "if behaviour == 'crash': sys.exit(7)\n"
    "health = ['good']\n"
    "class H(http.server.BaseHTTPRequestHandler):\n"
    "  def do_GET(self):\n"
    "    is_health = self.path == '/api/health' and 'check' not in self.headers\n"
    "    if is_health and health[0] == 'late': time.sleep(60)\n"
    "    is_good = behaviour == 'good' and not (is_health and health[0] == 'bad')\n"
    "    self.send_response(200 if is_good and self.path != '/full' else 503)\n"
    "    if self.path == '/full': self.send_header('Retry-After', '2')\n"
    "    self.end_headers(); self.wfile.write(b'ok')\n"
    # What the edge hears at /api/health from now on: good, bad (503) or late. Docker's own check says `check`.
    "  def do_POST(self):\n"
    "    health[0] = self.path.lstrip('/'); self.send_response(200); self.end_headers()\n"
    "  def log_message(self, *_): pass\n"
    "http.server.ThreadingHTTPServer(('', 8000), H).serve_forever()\n"
)
CHECK = (
    "import urllib.request as u; "
    "u.urlopen(u.Request('http://127.0.0.1:8000/api/health', headers={'check': 'docker'}), timeout=1)"
)
COMPOSE_FILE = """
services:
  app:
    image: ${{APP_IMAGE:?set APP_IMAGE}}
    init: true
    command: ["python", "-c", {server}]
    environment: {{RELEASE: "${{RELEASE:-manual}}"}}
    env_file: [more.env]
    labels: {{surefoot.release: "${{RELEASE:-manual}}", surefoot.deployment: "${{DEPLOYMENT_ID:-manual}}"}}
    healthcheck: {{test: ["CMD", "python", "-c", {check}], interval: 1s, timeout: 5s, retries: 2}}
    stop_grace_period: 3s
  edge:
    image: surefoot/base-haproxy:bookworm
    command: ["haproxy", "-W", "-db", "-f", "/conf/haproxy.cfg"]
    user: "{user}"
    volumes: ["{conf}:/conf:ro", "{run}:/run/edge"]
  once:
    image: ${{APP_IMAGE:?set APP_IMAGE}}
    profiles: [migration]
    command: ["python", "-c", "print('migrated')"]
    labels: {{surefoot.deployment: "${{DEPLOYMENT_ID:-manual}}"}}
"""


@dataclass
class Ground:
    """What a contract test stands on."""

    compose: Compose
    containers: Containers
    images: Images
    edge: Edge
    good: str
    other: str
    crashing: str
    sick: str
    wait: Callable[[Callable[[], Any]], Any]

    def environment(self, image_id: str, release: str = "release-1") -> dict[str, str]:
        return {"APP_IMAGE": image_id, "RELEASE": release, "DEPLOYMENT_ID": "d1"}

    def up(self, image_id: str, release: str = "release-1", **options: Any) -> None:
        self.compose.up("app", environment=self.environment(image_id, release), **options)

    def healthy(self, count: int = 1) -> tuple[Container, ...]:
        """The application's containers, once so many are healthy."""

        def look() -> tuple[Container, ...] | None:
            found = tuple(c for c in self.containers.list("app") if c.health.value == "healthy")
            return found if len(found) == count else None

        found: tuple[Container, ...] = self.wait(look)
        return found

    def slot_of(self, container: Container) -> Slot | None:
        return next((slot for slot in self.edge.slots() if slot.address in container.addresses), None)

    def start_edge(self) -> None:
        self.compose.up("edge", environment=self.environment(self.good), has_recreate=False)
        self.wait(self.edge.is_reachable)


def fake_ground() -> Ground:
    """In memory."""
    docker = FakeDocker()
    images = [
        docker.add_image("good:1"),
        docker.add_image("other:1"),
        docker.add_image("crashing:1", ImageBehaviour(exit_code=7, log_lines=("hello from the application",))),
        docker.add_image("sick:1", ImageBehaviour(healthy_after_looks=None, unhealthy_after_looks=3)),
    ]
    for image_id in images[:2]:
        docker.behaviours[image_id].log_lines = ("hello from the application",)
    edge_image = docker.add_image("haproxy:1")
    once = docker.add_image("once:1", ImageBehaviour(exit_code=0, log_lines=("migrated",)))
    docker.add_service("app", has_edge_slot=True)
    docker.add_service("edge", edge_image)
    docker.add_service("once", once, profile="migration")
    return Ground(
        _OnceCompose(docker, edge_image, once), FakeContainers(docker), FakeImages(docker),
        FakeEdge(docker, service_name="edge"), *images, wait=_wait_by_looking,
    )


class _OnceCompose(FakeCompose):
    """In the real file the services `edge` and `once` do something else with the same APP_IMAGE."""

    def __init__(self, docker: FakeDocker, edge_image: str, once_image: str) -> None:
        super().__init__(docker)
        self._own = {"edge": edge_image, "once": once_image}

    def up(self, service_name: str, *, environment: Any, **options: Any) -> None:
        own = self._own.get(service_name)
        super().up(service_name, environment={**environment, **({"APP_IMAGE": own} if own else {})}, **options)


def _wait_by_looking(is_met: Callable[[], Any]) -> Any:
    for _ in range(200):
        if found := is_met():
            return found
    raise AssertionError("never came true")


def wait_in_time(is_met: Callable[[], Any], timeout_seconds: float = 60) -> Any:
    """What `is_met` returns once it is true."""
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if found := is_met():
            return found
        time.sleep(0.05)
    raise AssertionError(f"did not come true within {timeout_seconds:.0f} s")


@contextmanager
def real_ground(client: Any) -> Iterator[Ground]:
    """On the engine; everything it made is gone afterwards."""
    project = f"h3_{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory(prefix=f"{project}_") as directory:
        root = Path(directory)
        # Deeper than a socket's address may be long (107 bytes).
        run = root / ("deep" * 12) / ("deeper" * 12)
        run.mkdir(parents=True)
        image_ids: list[str] = []
        try:
            image_ids += [_variant(client, project, word) for word in ("good", "other", "crash", "sick")]
            _write_compose_file(root, run)
            yield Ground(
                DockerCompose(project, root, ["compose.yml"], {}, []), DockerContainers(client, project),
                DockerImages(client), HaproxyEdge(run / "admin.sock"), *image_ids, wait=wait_in_time,
            )
        finally:
            remove_project(client, project)
            for image_id in image_ids:
                client.api.remove_image(image_id, force=True)


def _variant(client: Any, project: str, word: str) -> str:
    """An image of its own id, that behaves as the word says."""
    made = client.api.create_container(BASE_IMAGE, command=["true"], labels={PROJECT_LABEL: project})
    behaviour = "good" if word == "other" else word
    changes = [f"ENV BEHAVIOUR={behaviour}", f"LABEL surefoot.test.variant={project}-{word}"]
    try:
        committed = client.api.commit(made["Id"], repository=f"{project}-{word}", tag="1", changes=changes)
    finally:
        client.api.remove_container(made["Id"], force=True)
    return str(committed["Id"])


def _write_compose_file(root: Path, run: Path) -> None:
    import json

    text = COMPOSE_FILE.format(
        server=json.dumps(SERVER), check=json.dumps(CHECK), user=f"{os.getuid()}:{os.getgid()}",
        conf=REPOSITORY / "edge", run=run,
    )
    (root / "compose.yml").write_text(text, encoding="utf-8")
    (root / "more.env").write_text("MORE=a $$ and a # sign\n", encoding="utf-8")


def remove_project(client: Any, project: str) -> None:
    """Containers and networks of one compose project."""
    label = {"label": f"{PROJECT_LABEL}={project}"}
    for row in client.api.containers(all=True, filters=label):
        client.api.remove_container(row["Id"], force=True, v=True)
    for network in client.api.networks(filters=label):
        client.api.remove_network(network["Id"])
