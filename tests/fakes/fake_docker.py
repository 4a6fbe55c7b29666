"""An engine, a compose and an edge in memory, sharing one state: what `up` creates, the others see.

Settable: how an image behaves (`ImageBehaviour`), what a registry holds, which call fails next (`fail_next`).
`calls` lists what was changed, in order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.model.accessories import CONFIG_HASH_LABEL
from deploy.model.compose_overlay import ComposeOverlay
from deploy.model.containers import Container, EngineVersion, Health, ProbeOutcome, ServiceGround, Slot, SlotState
from deploy.model.edge_routes import backends_in
from deploy.model.errors import ENGINE, BlockedError, DeployError, StepFailed
from deploy.model.pinned_images import PinnedImage, with_pinned_images
from deploy.model.releases import Image
from deploy.model.watching import EdgeCounters

RELEASE_LABEL = "surefoot.release"
DEPLOYMENT_LABEL = "surefoot.deployment"


def image_id_of(name: str) -> str:
    """A believable image id that is the same for the same name."""
    return f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"


@dataclass
class ImageBehaviour:
    """What a container of this image does.

    Attributes:
        healthy_after_looks: looks until healthy; None: never (it turns unhealthy after `unhealthy_after_looks`).
        exit_code: it ends with this code after `runs_for_looks` looks; None: it keeps running.
        effect: called once when it starts; a migration changes the fake database here.
        health_exit_code / health_output: of its health check.
        exit_code_from_effect: the effect's result is the exit code.
    """

    healthy_after_looks: int | None = 2
    unhealthy_after_looks: int | None = None
    has_health_check: bool = True
    exit_code: int | None = None
    runs_for_looks: int = 0
    is_oom_killed: bool = False
    log_lines: tuple[str, ...] = ()
    effect: Callable[[], int | None] | None = None
    health_exit_code: int | None = None
    health_output: str = ""


@dataclass
class FakeService:
    """A service of the compose file."""

    name: str
    default_image_id: str = ""
    profile: str | None = None
    has_edge_slot: bool = False


@dataclass
class _Running:
    """A container as the fake engine keeps it."""

    container_id: str
    number: int
    service_name: str
    image_id: str
    labels: dict[str, str]
    address: str
    status: str = "created"
    looks: int = 0
    exit_code: int | None = None
    config: tuple[tuple[str, str], ...] = ()
    mounts: dict[str, str] = field(default_factory=dict)
    host_ports: tuple[int, ...] = ()
    restart_count: int = 0
    started_at: datetime | None = None


@dataclass
class FakeDocker:
    """The shared state."""

    project_name: str = "fake"
    services: dict[str, FakeService] = field(default_factory=dict)
    behaviours: dict[str, ImageBehaviour] = field(default_factory=dict)
    store: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    registry: dict[str, str | DeployError] = field(default_factory=dict)
    image_commands: dict[str, tuple[str, ...]] = field(default_factory=dict)
    containers: list[_Running] = field(default_factory=list)
    calls: list[tuple[str, ...]] = field(default_factory=list)
    failures: dict[str, list[BaseException]] = field(default_factory=dict)
    helpers: list[str] = field(default_factory=list)
    is_engine_up: bool = True
    is_podman: bool = False
    next_number: int = 1
    command: tuple[str, ...] = ()
    signalled: list[Callable[[str], None]] = field(default_factory=list)

    def add_image(self, name: str, behaviour: ImageBehaviour | None = None, *, size_bytes: int = 1000) -> str:
        """Put an image on this machine under a name; returns its id."""
        image_id = image_id_of(name)
        self.store[image_id] = size_bytes
        self.names[_full(name)] = image_id
        self.behaviours[image_id] = behaviour or ImageBehaviour()
        return image_id

    def push(self, reference: str, behaviour: ImageBehaviour | None = None) -> str:
        """Put an image into the registry only; returns its id."""
        image_id = image_id_of(reference)
        self.registry[_full(reference)] = image_id
        self.behaviours[image_id] = behaviour or ImageBehaviour()
        return image_id

    def add_service(
        self, name: str, image_id: str = "", *, profile: str | None = None, has_edge_slot: bool = False
    ) -> None:
        """Declare a service of the compose file."""
        self.services[name] = FakeService(name, image_id, profile, has_edge_slot)

    def fail_next(self, call: str, error: BaseException) -> None:
        """Let the next call of this name (`compose.up`, `containers.stop`, …) raise."""
        self.failures.setdefault(call, []).append(error)

    def called(self, call: str) -> list[tuple[str, ...]]:
        """The recorded calls of this name."""
        return [entry for entry in self.calls if entry[0] == call]

    def record(self, call: str, *words: str) -> None:
        """Note a change, and fail where the test asked for it."""
        self.require_engine()
        self.calls.append((call, *words))
        waiting = self.failures.get(call)
        if waiting:
            raise waiting.pop(0)

    def require_engine(self) -> None:
        """Fail as every request does while the engine is away."""
        if not self.is_engine_up:
            raise BlockedError(
                "no docker engine answers", hint="scripts/bootstrap.sh", reference="engine-unreachable", away=ENGINE
            )

    def of_service(self, service_name: str) -> list[_Running]:
        """The service's containers, oldest first."""
        return [c for c in self.containers if c.service_name == service_name]

    def by_id(self, container_id: str) -> _Running | None:
        """One container, by its id or a beginning of it."""
        return next((c for c in self.containers if c.container_id.startswith(container_id)), None)

    def create(self, service_name: str, image_id: str, environment: Mapping[str, str]) -> _Running:
        """Create and start a container."""
        number = self.next_number
        self.next_number += 1
        labels = {RELEASE_LABEL: environment.get("RELEASE", "manual")}
        labels[DEPLOYMENT_LABEL] = environment.get("DEPLOYMENT_ID", "manual")
        made = _Running(
            hashlib.sha256(f"{self.project_name}{number}".encode()).hexdigest(),
            number, service_name, image_id, labels, f"172.30.0.{number + 1}", config=_config(image_id, environment),
        )
        self.containers.append(made)
        self.start(made)
        return made

    def start(self, container: _Running) -> None:
        """Start it: the image's effect happens now."""
        behaviour = self.behaviour_of(container)
        container.started_at = datetime.now(UTC)
        container.status, container.looks, container.exit_code = "running", 0, behaviour.exit_code
        if behaviour.effect:
            code = behaviour.effect()
            container.exit_code = code if code is not None else container.exit_code

    def behaviour_of(self, container: _Running) -> ImageBehaviour:
        """What its image does."""
        return self.behaviours.get(container.image_id) or ImageBehaviour()

    def look(self, container: _Running) -> Container:
        """One inspection; time passes for the container with each."""
        behaviour = self.behaviour_of(container)
        if container.status == "running":
            container.looks += 1
            if container.exit_code is not None and container.looks > behaviour.runs_for_looks:
                container.status = "exited"
        is_over = container.status in {"exited", "dead"}
        return Container(
            container_id=container.container_id,
            name=f"{self.project_name}-{container.service_name}-{container.number}",
            service_name=container.service_name,
            image_id=container.image_id,
            status=container.status,
            health=_health(container, behaviour),
            exit_code=(container.exit_code or 0) if is_over else None,
            is_oom_killed=is_over and behaviour.is_oom_killed,
            restart_count=container.restart_count,
            addresses=(container.address,) if container.status == "running" else (),
            labels=dict(container.labels),
            mounts=dict(container.mounts),
            host_ports=container.host_ports,
            started_at=container.started_at,
            health_exit_code=behaviour.health_exit_code,
            health_output=behaviour.health_output,
        )


def _config(image_id: str, environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({**environment, "APP_IMAGE": image_id}.items()))


def _full(reference: str) -> str:
    return reference if "@" in reference or ":" in reference.rpartition("/")[2] else f"{reference}:latest"


def _health(container: _Running, behaviour: ImageBehaviour) -> Health:
    if not behaviour.has_health_check:
        return Health.NONE
    if container.status != "running":
        return Health.UNHEALTHY if container.looks else Health.STARTING
    if behaviour.healthy_after_looks is not None and container.looks > behaviour.healthy_after_looks:
        return Health.HEALTHY
    limit = behaviour.unhealthy_after_looks
    return Health.UNHEALTHY if limit is not None and container.looks > limit else Health.STARTING


class FakeCompose:
    """doors.Compose: `up` behaves as compose 2.40 was measured to."""

    def __init__(self, docker: FakeDocker, rendered: Mapping[str, Any] | None = None) -> None:
        self._docker = docker
        self.laid_over = ComposeOverlay()
        self.kept_files: dict[str, Mapping[str, Any]] = {}
        self.kept_before: dict[str, Mapping[str, Any]] = {}
        self.written_ports: dict[str, tuple[int, ...]] = {}  # what the project's own file publishes
        self.rendered: Mapping[str, Any] = rendered or {"services": {name: {} for name in docker.services}}

    def version(self) -> str:
        return "2.40.3"

    def overlay(self) -> ComposeOverlay:
        return self.laid_over

    def config(self, environment: Mapping[str, str]) -> Mapping[str, Any]:
        self._docker.record("compose.config")
        return self.rendered

    def build(self, service_name: str) -> str:
        self._docker.record("compose.build", service_name)
        reference = f"{self._docker.project_name}-{service_name}"
        self._docker.add_image(reference)
        return reference

    def keep(self, release: str, images: Mapping[str, PinnedImage]) -> None:
        self._docker.record("compose.keep", release)
        now = json.loads(json.dumps(with_pinned_images(self.rendered, images)))
        if release in self.kept_files and self.kept_files[release] != now:
            self.kept_before[release] = self.kept_files[release]
        self.kept_files[release] = now

    def kept(self, release: str) -> Mapping[str, Any] | None:
        return self.kept_files.get(release)

    def put_back(self, release: str) -> None:
        self._docker.record("compose.put_back", release)
        if release in self.kept_before:
            self.kept_files[release] = self.kept_before.pop(release)

    def forget(self, release: str) -> None:
        self._docker.record("compose.forget", release)
        self.kept_files.pop(release, None)

    def config_hashes(self, environment: Mapping[str, str]) -> Mapping[str, str]:
        self._docker.record("compose.config_hashes")
        return {name: self._hash_of(name, environment) for name in self.rendered["services"]}

    def _hash_of(self, service_name: str, environment: Mapping[str, str]) -> str:
        """Of what the file says of it, without what Compose leaves out; as if it used every variable."""
        service = dict(self.rendered["services"].get(service_name) or {})
        kept = {key: value for key, value in service.items() if key not in {"depends_on", "profiles", "build", "scale"}}
        return hashlib.sha256(json.dumps([kept, dict(environment)], sort_keys=True).encode()).hexdigest()

    def up(
        self,
        service_name: str,
        *,
        environment: Mapping[str, str],
        scale: int | None = None,
        profile: str | None = None,
        has_recreate: bool = True,
        has_force_recreate: bool = False,
        command: Sequence[str] = (),
        image_id: str = "",
        labels: Mapping[str, str] | None = None,
        is_as_written: bool = False,
    ) -> None:
        docker = self._docker
        docker.command = tuple(command)
        if image_id:
            environment = {**environment, "APP_IMAGE": image_id}
        docker.record("compose.up", service_name, environment.get("APP_IMAGE", ""), str(scale or 1))
        service = docker.services.get(service_name)
        if service is None or (service.profile and service.profile != profile):
            raise self._failed(service_name, f"no such service: {service_name}")
        image_id = environment.get("APP_IMAGE") or service.default_image_id
        image_id = docker.names.get(_full(image_id), image_id)
        if image_id not in docker.store:
            raise self._failed(service_name, f"No such image: {image_id}")
        before = list(docker.containers)
        self._settle(service_name, image_id, environment, scale or 1, has_recreate, has_force_recreate)
        for made in docker.containers:
            if made not in before:
                made.host_ports = self.written_ports.get(service_name, ()) if is_as_written else ()
                made.labels |= {CONFIG_HASH_LABEL: self._hash_of(service_name, environment)} | dict(labels or {})

    def start_beside(
        self, service_name: str, container_name: str, *, environment: Mapping[str, str],
        container_environment: Mapping[str, str],
    ) -> None:
        docker = self._docker
        docker.record("compose.start_beside", service_name, container_name, environment["APP_IMAGE"])
        made = docker.create("", environment["APP_IMAGE"], environment)
        made.container_id = container_name  # found by its name

    def _settle(
        self, service_name: str, image_id: str, environment: Mapping[str, str], scale: int,
        has_recreate: bool, has_force_recreate: bool,
    ) -> None:
        docker, file_hash = self._docker, self._hash_of(service_name, environment)
        while len(present := docker.of_service(service_name)) > scale:
            docker.containers.remove(present[-1])
        for container in docker.of_service(service_name):
            is_other = container.labels.get(CONFIG_HASH_LABEL, file_hash) != file_hash
            is_stale = has_recreate and (is_other or container.config != _config(image_id, environment))
            if is_stale or has_force_recreate:
                docker.containers.remove(container)
            elif container.status != "running":
                docker.start(container)
        while len(docker.of_service(service_name)) < scale:
            docker.create(service_name, image_id, environment)

    def _failed(self, service_name: str, why: str) -> StepFailed:
        return StepFailed(
            f"docker compose could not start {service_name}: {why}", hint="look", reference="compose-up-failed"
        )


class FakeImages:
    """doors.Images: a store with names, and a registry."""

    def __init__(self, docker: FakeDocker) -> None:
        self._docker = docker

    def pull(self, reference: str, say: Callable[[str], None]) -> Image:
        self._docker.record("images.pull", reference)
        held = self._docker.registry.get(_full(reference))
        if isinstance(held, DeployError):
            raise held
        if held is None:
            raise BlockedError(
                f"the image {reference} does not exist", hint="push it first", reference="image-not-found"
            )
        self._docker.store.setdefault(held, 1000)
        self._docker.names[_full(reference)] = held
        return self._image(reference, held)

    def find(self, reference: str) -> Image | None:
        self._docker.require_engine()
        image_id = self._docker.names.get(_full(reference), reference)
        return self._image(reference, image_id) if image_id in self._docker.store else None

    def start_words(self, image_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        self._docker.require_engine()
        return (), self._docker.image_commands.get(image_id, ("serve",) if image_id in self._docker.store else ())

    def tag(self, image_id: str, reference: str) -> None:
        self._docker.record("images.tag", image_id, reference)
        found = self.find(image_id)
        if found is None:
            raise StepFailed(
                f"the docker engine refused: no such image {image_id}", hint="", reference="engine-refused"
            )
        self._docker.names[_full(reference)] = found.image_id

    def tags(self, repository: str) -> Mapping[str, Image]:
        names = {name for name in self._docker.names if name.startswith(f"{repository}:")}
        return {name.rpartition(":")[2]: self._image(name, self._docker.names[name]) for name in sorted(names)}

    def untag(self, reference: str) -> None:
        self._docker.record("images.untag", reference)
        image_id = self._docker.names.pop(_full(reference), None)
        is_used = any(c.image_id == image_id for c in self._docker.containers)
        if image_id and image_id not in self._docker.names.values() and not is_used:
            self._docker.store.pop(image_id, None)

    def _image(self, reference: str, image_id: str) -> Image:
        repository = _full(reference).rpartition(":")[0]
        is_pulled = self._docker.registry.get(_full(reference)) == image_id
        digest = f"{repository}@{image_id_of(f'digest {image_id}')}" if is_pulled else None
        return Image(image_id, reference, digest, self._docker.store[image_id])


class FakeContainers:
    """doors.Containers."""

    def __init__(self, docker: FakeDocker) -> None:
        self._docker = docker
        self.probe: Callable[[str, Sequence[str]], ProbeOutcome] = lambda _image_id, _command: ProbeOutcome(0, "", "")
        self.inside: Callable[[str, Sequence[str]], ProbeOutcome] = lambda _id, _command: ProbeOutcome(0, "", "")

    def engine_version(self) -> EngineVersion:
        self._docker.record("containers.engine_version")
        return EngineVersion("20.10.24", "1.41", self._docker.is_podman, "/var/lib/docker")

    def list(self, service_name: str) -> tuple[Container, ...]:
        self._docker.require_engine()
        return tuple(self._docker.look(c) for c in self._docker.of_service(service_name))

    def inspect(self, container_id: str) -> Container | None:
        self._docker.require_engine()
        found = self._docker.by_id(container_id)
        return self._docker.look(found) if found else None

    def start(self, container_id: str) -> None:
        self._docker.record("containers.start", container_id)
        found = self._docker.by_id(container_id)
        if found is None:
            raise StepFailed("no such container", hint="docker info", reference="engine-refused")
        if found.status != "running":
            self._docker.start(found)

    def stop(self, container_id: str, grace_seconds: int) -> None:
        self._docker.record("containers.stop", container_id)
        found = self._docker.by_id(container_id)
        if found and found.status == "running":
            found.status, found.exit_code = "exited", 143

    def remove(self, container_id: str) -> None:
        self._docker.record("containers.remove", container_id)
        found = self._docker.by_id(container_id)
        if found:
            self._docker.containers.remove(found)

    def signal(self, container_id: str, name: str) -> None:
        self._docker.record("containers.signal", container_id, name)
        found = self._docker.by_id(container_id)
        if found is None or found.status != "running":
            raise StepFailed(f"{container_id} took no {name}", hint="look", reference="container-took-no-signal")
        for listener in self._docker.signalled:
            listener(name)

    def logs(self, container_id: str, tail_lines: int) -> str:
        found = self._docker.by_id(container_id)
        lines = self._docker.behaviour_of(found).log_lines if found else ()
        return "".join(f"{line}\n" for line in lines[-tail_lines:])

    def run_inside(self, container_id: str, command: Sequence[str], timeout_seconds: float) -> ProbeOutcome:
        self._docker.record("containers.run_inside", container_id, *command)
        return self.inside(container_id, command)

    @contextmanager
    def follow_logs(self, container_id: str) -> Iterator[Iterator[str]]:
        yield iter(self.logs(container_id, 1_000_000).splitlines())

    def sweep_helpers(self) -> tuple[str, ...]:
        self._docker.record("containers.sweep_helpers")
        swept, self._docker.helpers = tuple(self._docker.helpers), []
        return swept

    def run_probe(
        self,
        image_id: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        mounts: Mapping[Path, Path] | None = None,
        network_mode: str = "none",
        timeout_seconds: float = 60,
        ground: ServiceGround | None = None,
    ) -> ProbeOutcome:
        self._docker.record("containers.run_probe", image_id)
        return self.probe(image_id, command)


class FakeEdge:
    """doors.Edge: slots take the addresses of running containers, as HAProxy's DNS does.

    Attributes:
        answered, failed, average_ms, refused, overloaded, unchecked, late_count: its counters, as the test sets them.
        is_last_resort_configured: False: an edge that was started with a configuration of before.
        last_resort: the addresses that are asked where no check passes; None: all.
        sick: addresses whose check does not pass.
        sessions: requests in flight per slot name; one fewer at each look once the slot drains.
        are_checks_passing: False: the edge's own check never passes.
        service_name: with one, the edge answers only while a container of that service runs.
    """

    def __init__(self, docker: FakeDocker, *, service_name: str | None = None, slot_count: int = 4) -> None:
        self._docker = docker
        self.service_name = service_name
        self._states = {f"s{n}": SlotState.READY for n in range(1, slot_count + 1)}
        self._addresses: dict[str, str | None] = dict.fromkeys(self._states)
        self.sessions: dict[str, int] = {}
        self.is_up = True
        self.are_checks_passing = True
        self.has_page = False
        self.answered, self.failed, self.average_ms = 0, 0, 0
        self.refused, self.overloaded, self.unchecked, self.late_count = 0, 0, 0, 0
        self.is_last_resort_configured = True
        self.last_resort: frozenset[str] | None = None
        self.sick: set[str] = set()
        self.foreign: list[str] = []  # of another project, under the same name on a shared network
        self.backend_service: str | None = None  # the one service whose containers this view has
        self.views: dict[str, FakeEdge] = {}
        self.text = ""
        self.running_text: str | None = None  # what it was started with, where that is otherwise
        self.pid = 1
        self.takes_reloads = True
        self.kept_servers = False
        docker.signalled.append(self._on_signal)

    def of(self, backend: str) -> FakeEdge:
        if backend not in self.views:
            view = FakeEdge(self._docker, service_name=self.service_name)
            view.backend_service = backend.removeprefix("web_")
            self.views[backend] = view
        return self.views[backend]

    def backends(self) -> frozenset[str]:
        self._require_answer()
        return frozenset({"app"}) | backends_in(self.text if self.running_text is None else self.running_text)

    def configuration(self) -> str:
        return self.text

    def write_configuration(self, text: str) -> None:
        if self.running_text is None:
            self.running_text = self.text
        self.text = text

    def process_id(self) -> int:
        self._require_answer()
        return self.pid

    def keep_servers(self) -> None:
        self._require_answer()
        self.kept_servers = True

    def forget_servers(self) -> None:
        self.kept_servers = False

    def _on_signal(self, name: str) -> None:
        if name == "SIGUSR2" and self.takes_reloads:
            self.running_text, self.pid = None, self.pid + 1

    def is_reachable(self) -> bool:
        if self.service_name is None:
            return self.is_up
        return self.is_up and any(c.status == "running" for c in self._docker.of_service(self.service_name))

    def slots(self) -> tuple[Slot, ...]:
        self._require_answer()
        self._follow_containers()
        slots = tuple(self._slot(name) for name in self._states)
        if not self.is_last_resort_configured or any(s.state is SlotState.READY and s.is_up for s in slots):
            return slots
        return tuple(
            replace(s, is_last_resort=bool(s.address) and (self.last_resort is None or s.address in self.last_resort))
            for s in slots
        )

    def set_state(self, slot_name: str, state: SlotState) -> None:
        self._require_answer()
        self._docker.record("edge.set_state", slot_name, state.value)
        if slot_name not in self._states:
            raise StepFailed(
                f"the edge refused to set {slot_name}: no such server", hint="look", reference="edge-refused"
            )
        self._states[slot_name] = state

    def has_last_resort(self) -> bool:
        self._require_answer()
        return self.is_last_resort_configured

    def set_last_resort(self, addresses: Collection[str] | None) -> None:
        self._require_answer()
        if self.is_last_resort_configured:
            self.last_resort = None if addresses is None else frozenset(addresses)

    def is_in_maintenance(self) -> bool:
        self._require_answer()
        return self.has_page

    def set_page(self, message: str, allowed: Sequence[str]) -> None:
        self._require_answer()
        self.page = (message, tuple(allowed))

    def set_maintenance(self, *, is_on: bool) -> None:
        self._require_answer()
        self._docker.record("edge.set_maintenance", "on" if is_on else "off")
        self.has_page = is_on

    def counters(self) -> EdgeCounters:
        serving = sum(1 for slot in self.slots() if slot.state is SlotState.READY and slot.is_up)
        return EdgeCounters(
            self.answered, self.failed, self.average_ms, serving, self.refused, self.overloaded, self.unchecked,
            self.late_count,
        )

    def _require_answer(self) -> None:
        if not self.is_reachable():
            raise StepFailed("the edge does not answer", hint="look", reference="edge-unreachable")

    def _follow_containers(self) -> None:
        names = {s.name for s in self._docker.services.values() if s.has_edge_slot}
        if self.backend_service is not None:
            names = {self.backend_service}
        living = [c.address for c in self._docker.containers if c.service_name in names and c.status == "running"]
        living += self.foreign
        for name, address in self._addresses.items():
            if address not in living:
                self._addresses[name] = None
        for address in living:
            if address not in self._addresses.values():
                free = next((name for name, held in self._addresses.items() if held is None), None)
                if free:
                    self._addresses[free] = address

    def _slot(self, name: str) -> Slot:
        state, address = self._states[name], self._addresses[name]
        holder = next((c for c in self._docker.containers if c.address == address), None) if address else None
        is_passed = bool(holder) and state is not SlotState.MAINTENANCE and self._is_passing(holder)
        count = self.sessions.get(name, 0)
        if state is not SlotState.READY and count:
            self.sessions[name] = count - 1
        return Slot(name, address, state, is_passed and state is SlotState.READY, is_passed, count)

    def _is_passing(self, holder: _Running | None) -> bool:
        if holder is None or not self.are_checks_passing or holder.address in self.sick:
            return False
        return _health(holder, self._docker.behaviour_of(holder)) in {Health.HEALTHY, Health.NONE}
