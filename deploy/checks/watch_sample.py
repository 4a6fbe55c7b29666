"""One sample of everything: edge, containers, log, database, health endpoint. What fails is told, not raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from deploy.checks.behind_page import edge_check_problem, is_page
from deploy.model.errors import DeployError
from deploy.model.has_doors import HasClock, HasContainers, HasEdge, HasHttp, HasWatch
from deploy.model.watching import ContainerUse, EdgeCounters, LogErrors, Sample, ServiceUse, WatchedService

PROBE_TIMEOUT_SECONDS = 5


class Doors(HasClock, HasContainers, HasEdge, HasHttp, HasWatch, Protocol):
    """What it touches."""


@dataclass
class WatchTarget:
    """What is sampled, and what the samples before said.

    Attributes:
        service: the application's compose service.
        url: the health endpoint through the edge; empty: it is not asked.
        began_at: kills for lack of memory count from here.
        read_until: log lines after this are new.
        restart_counts: per container, as it was first seen.
        others: the release's other services.
    """

    service: str
    url: str
    began_at: datetime
    read_until: datetime
    restart_counts: dict[str, int] = field(default_factory=dict)
    others: tuple[WatchedService, ...] = ()

    @classmethod
    def beginning(
        cls, world: Doors, service: str, url: str, others: Sequence[WatchedService] = ()
    ) -> WatchTarget:
        """From this moment on."""
        now = world.clock.now()
        return cls(service, url, now, now, others=tuple(others))


def take_sample(world: Doors, target: WatchTarget) -> tuple[Sample, tuple[str, ...]]:
    """One sample, without its log errors, and the new log lines; the caller judges those."""
    at_seconds = world.clock.monotonic()
    edge, edge_problem = _edge(world)
    containers, restarts, ooms, container_problem = _containers(world, target, target.service)
    others = tuple(_other(world, target, one) for one in target.others)
    lines = _log_lines(world, target)
    probe_seconds, probe_problem = _probe(world, target)
    database, database_problem = None, ""
    try:
        database = world.watch.monitoring.sample()
    except DeployError as error:
        database_problem = f"{error.reference}: {error.what}"
    sample = Sample(
        at_seconds=at_seconds, edge=edge, containers=containers, restart_count=restarts, out_of_memory_count=ooms,
        log=LogErrors(), database=database, probe_seconds=probe_seconds, edge_problem=edge_problem,
        container_problem=container_problem, database_problem=database_problem, probe_problem=probe_problem,
        machine=world.watch.machine.look(), others=others,
    )
    return sample, lines


def _edge(world: Doors) -> tuple[EdgeCounters | None, str]:
    try:
        return world.edge.counters(), ""
    except DeployError as error:
        return None, error.what


def _other(world: Doors, target: WatchTarget, one: WatchedService) -> ServiceUse:
    containers, restarts, kills, problem = _containers(world, target, one.service)
    return ServiceUse(one.service, one.replicas, containers, restarts, kills, problem)


def _containers(
    world: Doors, target: WatchTarget, service: str
) -> tuple[tuple[ContainerUse, ...], int, int, str]:
    """The containers, restarts and kills since the watch began, and why they could not be asked."""
    try:
        found = world.watch.usage.containers(service)
        kills = world.watch.usage.out_of_memory_count(service, target.began_at)
    except DeployError as error:
        return (), 0, 0, error.what
    restarts = 0
    for use in found:
        restarts += use.restart_count - target.restart_counts.setdefault(use.container_id, use.restart_count)
    return found, max(restarts, 0), kills, ""


def _log_lines(world: Doors, target: WatchTarget) -> tuple[str, ...]:
    """Of all services of the release: a worker that misses a column says so nowhere else."""
    since, now = target.read_until, world.clock.now()
    lines: list[str] = []
    try:
        for service in (target.service, *(one.service for one in target.others)):
            lines += world.watch.usage.log_lines(service, since)
    except DeployError:
        return ()
    target.read_until = now
    return tuple(lines)


def _probe(world: Doors, target: WatchTarget) -> tuple[float | None, str]:
    if not target.url:
        return None, ""
    answer = world.http.get(target.url, PROBE_TIMEOUT_SECONDS)
    if answer is None:
        return None, f"{target.url} does not answer within {PROBE_TIMEOUT_SECONDS} s"
    if is_page(world, answer):
        return None, edge_check_problem(world, target.service)
    if answer.status != HTTPStatus.OK:
        return None, f"{target.url} answers {answer.status}"
    return answer.elapsed_seconds, ""
