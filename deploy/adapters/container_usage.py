"""What containers use and say: memory, cores, restarts, kills for lack of memory, log lines; through the Docker SDK."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import docker
from docker.errors import APIError, NotFound

from deploy.adapters.containers import ONE_OFF_LABEL, PROJECT_LABEL, SERVICE_LABEL
from deploy.adapters.engine import translated
from deploy.adapters.machine import waited_for_core_seconds
from deploy.model.watching import ContainerUse

MOST_LINES = 2000


class DockerUsage:
    """doors.Usage of one compose project."""

    def __init__(self, client: docker.DockerClient, project_name: str) -> None:
        self._client = client
        self._project_name = project_name

    def containers(self, service_name: str) -> tuple[ContainerUse, ...]:
        """All of the service, oldest first."""
        with translated():
            found = [self._use(container_id) for container_id in self._ids(service_name)]
        return tuple(use for use in found if use is not None)

    def log_lines(self, service_name: str, since: datetime) -> tuple[str, ...]:
        """Both streams of all of them."""
        lines: list[str] = []
        with translated():
            for container_id in self._ids(service_name):
                try:
                    # A float keeps the fraction: whole seconds would read lines of the sample before again.
                    raw: bytes = self._client.api.logs(container_id, since=since.timestamp(), tail=MOST_LINES)
                except NotFound:
                    continue
                lines += raw.decode(errors="replace").splitlines()
        return tuple(lines[-MOST_LINES:])

    def out_of_memory_count(self, service_name: str, since: datetime) -> int:
        """By the engine's own events: an inspection forgets a kill with the next start."""
        labels = [f"{PROJECT_LABEL}={self._project_name}", f"{SERVICE_LABEL}={service_name}"]
        filters = {"type": "container", "event": ["oom"], "label": labels}
        with translated():
            now = datetime.now(since.tzinfo)
            events = self._client.api.events(since=since, until=now, filters=filters, decode=True)
            try:
                return sum(1 for _ in events)
            finally:
                events.close()

    def _ids(self, service_name: str) -> list[str]:
        labels = [f"{PROJECT_LABEL}={self._project_name}", f"{SERVICE_LABEL}={service_name}", f"{ONE_OFF_LABEL}=False"]
        rows = self._client.api.containers(all=True, filters={"label": labels})
        return [row["Id"] for row in sorted(rows, key=lambda row: (row["Created"], row["Id"]))]

    def _use(self, container_id: str) -> ContainerUse | None:
        try:
            raw = self._client.api.inspect_container(container_id)
        except NotFound:
            return None
        state = raw["State"]
        is_running = state["Status"] == "running"
        stats = self._stats(container_id) if is_running else {}
        memory, limit = memory_of(stats)
        waited = waited_for_core_seconds(container_id, state["Pid"]) if is_running else None
        return ContainerUse(
            container_id=raw["Id"], name=raw["Name"].lstrip("/"), is_running=is_running,
            health=(state.get("Health") or {}).get("Status") or "none", restart_count=raw.get("RestartCount", 0),
            memory_bytes=memory, memory_limit_bytes=limit if raw["HostConfig"].get("Memory") else 0,
            cpu_seconds=cpu_seconds_of(stats), waited_seconds=waited,
        )

    def _stats(self, container_id: str) -> Mapping[str, Any]:
        """Counters; without `one-shot` the engine would take a second to compare two looks at the processor."""
        try:
            found: Mapping[str, Any] = self._client.api.stats(container_id, stream=False, one_shot=True)
        except (NotFound, APIError):
            return {}
        return found


def memory_of(stats: Mapping[str, Any]) -> tuple[int, int]:
    """As `docker stats` counts: without the page cache that the kernel would give back."""
    memory = stats.get("memory_stats") or {}
    details = memory.get("stats") or {}
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))
    return max(int(memory.get("usage", 0)) - int(cache), 0), int(memory.get("limit", 0))


def cpu_seconds_of(stats: Mapping[str, Any]) -> float:
    """Seconds of cores that it used since it was started."""
    usage = (stats.get("cpu_stats") or {}).get("cpu_usage") or {}
    return int(usage.get("total_usage", 0)) / 1e9
