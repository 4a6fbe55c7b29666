"""Whether everything that serves the application agrees. One function a question; `health_problems` asks all."""

from __future__ import annotations

from typing import Protocol

from deploy.checks.behind_page import edge_check_problem, is_page
from deploy.model.containers import Health, HttpAnswer
from deploy.model.errors import DeployError
from deploy.model.has_doors import HasContainers, HasDatabase, HasEdge, HasHttp
from deploy.model.health import HealthExpectation, answer_problem

HTTP_TIMEOUT_SECONDS = 5


class Doors(HasContainers, HasDatabase, HasEdge, HasHttp, Protocol):
    """What it touches."""


def health_problems(world: Doors, expectation: HealthExpectation) -> list[str]:
    """What does not agree, one sentence each; empty when all is well."""
    found = [
        container_problem(world, expectation),
        reach_problem(world, expectation),
        schema_problem(world, expectation),
    ]
    return [problem for problem in found if problem]


def container_problem(world: Doors, expectation: HealthExpectation) -> str:
    """Whether the containers run, are healthy and of the right image."""
    running = [c for c in world.containers.list(expectation.service) if c.is_running]
    if not running:
        return f"no container of service {expectation.service} runs"
    for container in running:
        if container.health not in {Health.HEALTHY, Health.NONE}:
            return f"container {container.name} is {container.health}"
        if expectation.image_id and container.image_id != expectation.image_id:
            return f"container {container.name} runs another image"
    return ""


def reach_problem(world: Doors, expectation: HealthExpectation) -> str:
    """As `http_problem`; a maintenance page that somebody switched on is no fault of the release behind it."""
    answer = _ask(world, expectation)
    if is_page(world, answer):
        return edge_check_problem(world, expectation.service)
    return answer_problem(answer, expectation)


def http_problem(world: Doors, expectation: HealthExpectation) -> str:
    """Whether the endpoint answers 200 through the edge, with the right release's header; no URL: not asked."""
    return answer_problem(_ask(world, expectation), expectation)


def _ask(world: Doors, expectation: HealthExpectation) -> HttpAnswer | None:
    return world.http.get(expectation.url, HTTP_TIMEOUT_SECONDS) if expectation.url else None


def schema_problem(world: Doors, expectation: HealthExpectation) -> str:
    """Whether the database answers, at the right revision."""
    try:
        state = world.database.observe()
    except DeployError as error:
        return error.what
    if expectation.revision_ids is None or set(state.revision_ids) == set(expectation.revision_ids):
        return ""
    return f"the database is at {state.at}"
