"""Whether what should serve serves: the application's containers, the edge, and the answer through it."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.containers import RELEASE_LABEL, Container, Health, SlotState
from deploy.model.health import HealthExpectation, answer_problem
from deploy.model.production import Area, LedgerLook, NotKnown, Point, PointState, Production
from deploy.model.releases import ReleaseState
from deploy.planning.production.expected import Expected, expected_releases, restarted_lately
from deploy.settings.schema import Settings


def container_points(production: Production, settings: Settings) -> Iterator[Point]:
    """Whether the application runs, healthy, as often as it should, and as the release that the ledger names."""
    if isinstance(production.app, NotKnown):
        yield _not_known(Area.CONTAINERS, "what the application's containers do", production.app)
        return
    expected = expected_releases(production)
    if production.expects_nothing:
        return
    running = [c for c in production.app if c.is_running]
    if not running:
        stopped = ", ".join(f"{c.name} is {_end_of(c)}" for c in production.app) or "there is no container of it"
        yield Point(
            Area.CONTAINERS, PointState.WRONG, f"no container of service {settings.app_service} runs: {stopped}",
            _next_where_none_runs(production, expected),
        )
        return
    for container in production.app:
        yield from _one_container(production, container)
        if expected and container.is_running and not expected.has(container):
            yield _another_release(container, expected)
    if len(running) != settings.replicas and not production.is_under_way and not production.was_never_deployed:
        yield Point(
            Area.CONTAINERS, PointState.WRONG,
            f"{len(running)} containers of service {settings.app_service} run, and DEPLOY_REPLICAS is "
            f"{settings.replicas}",
            _start_command([c for c in production.app if not c.is_running], expected) if expected else "",
        )


def edge_points(production: Production, settings: Settings) -> Iterator[Point]:
    """Whether the edge runs and sends requests to every container of the application."""
    if isinstance(production.edge, NotKnown):
        yield _not_known(Area.EDGE, "what the edge's container does", production.edge)
    elif not production.edge and not production.expects_nothing:
        yield Point(
            Area.EDGE, PointState.WRONG,
            f"there is no container of service {settings.edge_service}: users are not served",
            _compose_up(settings, settings.edge_service),
        )
    else:
        for container in production.edge:
            yield from _one_container(production, container, Area.EDGE)
    yield from _slot_points(production, settings)


def answer_points(production: Production, settings: Settings) -> Iterator[Point]:
    """What a visitor of the health endpoint gets; a page that is on is told of once, elsewhere."""
    answer = production.answer
    is_page = not isinstance(production.maintenance, NotKnown) and production.maintenance.is_on
    if is_page or production.expects_nothing:
        return
    if isinstance(answer, NotKnown):
        yield _not_known(Area.ANSWER, "what the health endpoint answers", answer)
        return
    expected = expected_releases(production)
    url = settings.public_url + settings.health_path
    names: list[str | None] = [r.name for r in expected.releases] if expected else [None]
    problems = [
        answer_problem(answer, HealthExpectation(settings.app_service, url, settings.release_header, name, None, None))
        for name in names
    ]
    if all(problems):
        yield Point(Area.ANSWER, PointState.WRONG, problems[0], _after_bad_answer(production))


def _one_container(production: Production, container: Container, area: Area = Area.CONTAINERS) -> Iterator[Point]:
    name = container.name
    logs = f"docker logs --tail 50 {name}"
    if container.status == "restarting" or restarted_lately(production, container):
        often = f", {container.restart_count} times so far" if container.restart_count else ""
        memory = ", because memory ran out" if container.is_oom_killed else ""
        yield Point(
            area, PointState.WRONG, f"{name} crashes and is started again by Docker{often}{memory} (it is "
            f"{_state_of(container)})", (_way_back(production) if area is Area.CONTAINERS else "") or logs,
        )
    elif not container.is_running:
        verb = "unpause" if container.status == "paused" else "start"
        yield Point(area, PointState.WRONG, f"{name} is {_end_of(container)}", f"docker {verb} {name}")
    elif container.health is Health.UNHEALTHY:
        yield Point(area, PointState.WRONG, f"{name} runs and its health check fails", logs)
    elif container.health is Health.STARTING and area is Area.EDGE and _edge_answers(production):
        return  # Docker's own check comes at its interval; what it would ask was asked just now
    elif container.health is Health.STARTING and not production.is_under_way:
        yield Point(
            area, PointState.NOT_KNOWN, f"{name} is starting: whether it becomes healthy is not known yet",
            "./scripts/deploy.sh status, in a few seconds",
        )


def _edge_answers(production: Production) -> bool:
    """Whether it answered this look: on its runtime socket, and a request."""
    is_asked = not isinstance(production.slots, NotKnown) and not isinstance(production.answer, NotKnown)
    return is_asked and production.answer is not None


def _another_release(container: Container, expected: Expected) -> Point:
    label = container.labels.get(RELEASE_LABEL, "no release")
    if any(container.image_id == r.image.image_id for r in expected.releases):
        says = f"{container.name} has the label {label}, not {expected.names}: it was started by hand"
    else:
        says = (
            f"{container.name} runs another image than {expected.names} (its label is {label}): was it started by hand?"
        )
    return Point(Area.CONTAINERS, PointState.WRONG, says, expected.redeploy_command)


def _slot_points(production: Production, settings: Settings) -> Iterator[Point]:  # noqa: ARG001
    may_run = isinstance(production.edge, NotKnown) or any(c.is_running for c in production.edge)
    if isinstance(production.slots, NotKnown):
        if may_run:
            yield _not_known(Area.EDGE, "where the edge sends requests", production.slots)
        return
    if isinstance(production.app, NotKnown) or production.is_under_way:
        return
    for container in production.app:
        if not container.is_running:
            continue
        slots = [slot for slot in production.slots if slot.address in container.addresses]
        if any(s.state is SlotState.READY and s.is_up and s.is_check_passed for s in slots):
            continue
        if not slots:
            why = f"has no slot for {container.name}"
        elif all(slot.state is not SlotState.READY for slot in slots):
            why = f"keeps slot {slots[0].name} of {container.name} closed ({slots[0].state})"
        else:
            why = f"asked {container.name}, and its check does not pass"
        says = f"the edge sends no requests to {container.name}: it {why}"
        if any(slot.is_last_resort for slot in slots):
            says = f"requests go to {container.name} only because no other container takes any: the edge {why}"
        yield Point(Area.EDGE, PointState.WRONG, says, f"docker logs --tail 50 {container.name}")


def _after_bad_answer(production: Production) -> str:
    running = [] if isinstance(production.app, NotKnown) else [c for c in production.app if c.is_running]
    return f"docker logs --tail 50 {running[0].name}" if running else ""


def _way_back(production: Production) -> str:
    """`rollback`, where an older good release is recorded."""
    ledger = production.ledger
    if not isinstance(ledger, LedgerLook) or ledger.current is None or ledger.unfinished is not None:
        return ""
    older = [r for r in ledger.releases if r.state is ReleaseState.GOOD and r.number < ledger.current.number]
    return "./scripts/deploy.sh rollback" if older else ""


def _next_where_none_runs(production: Production, expected: Expected | None) -> str:
    """What crashes as soon as it is started is no help when it is started again."""
    app = () if isinstance(production.app, NotKnown) else production.app
    crashing = next((c for c in app if c.status == "restarting"), None)
    if crashing is not None:
        return _way_back(production) or f"docker logs --tail 50 {crashing.name}"
    return _start_command(app, expected)


def _start_command(stopped: tuple[Container, ...] | list[Container], expected: Expected | None) -> str:
    """Start what is there; where nothing is, deploy the image of the release again."""
    names = [c.name for c in stopped if c.status in {"exited", "created"} and (not expected or expected.has(c))]
    if names:
        return f"docker start {' '.join(names)}"
    return expected.redeploy_command if expected else ""


def _compose_up(settings: Settings, service: str) -> str:
    return f"{settings.compose_command} up -d --no-deps {service}"


def _state_of(container: Container) -> str:
    return f"{container.status} {container.health}" if container.is_running else container.status


def _end_of(container: Container) -> str:
    code = "" if container.exit_code is None else f" (exit code {container.exit_code})"
    return f"{container.status}{code}{', killed because memory ran out' if container.is_oom_killed else ''}"


def _not_known(area: Area, what: str, unknown: NotKnown) -> Point:
    return Point(area, PointState.NOT_KNOWN, f"{what} is not known: {unknown.why}", unknown.hint)
