"""`abort --give-up`: end a deployment that can be neither finished nor taken back, and write down what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from deploy.model.deployments import Plan
from deploy.model.doors import World
from deploy.model.errors import DeployError
from deploy.model.releases import Release
from deploy.model.results import DeploymentOutcome
from deploy.settings.schema import Settings
from deploy.steps.switch_containers import RELEASE_LABEL

ROLLBACK_COMMAND = "./scripts/deploy.sh rollback"
STATUS_COMMAND = "./scripts/deploy.sh status"


def observed_differences(world: World, settings: Settings, plan: Plan) -> tuple[str, ...]:
    """What is there now, beside what the plan found before; what does not answer is said to be not known."""
    looks: tuple[tuple[str, Callable[[], Iterator[str]]], ...] = (
        ("the application", lambda: _application(world, settings, plan)),
        ("the edge", lambda: _edge(world)),
        ("the database", lambda: _database(world, plan)),
        ("the tags", lambda: _tags(world, plan)),
    )
    return tuple(line for name, look in looks for line in _answered(name, look))


def _answered(name: str, look: Callable[[], Iterator[str]]) -> list[str]:
    try:
        return list(look())
    except DeployError as error:
        return [f"{name}: not known, {error.what}"]


def _application(world: World, settings: Settings, plan: Plan) -> Iterator[str]:
    before = plan.summary.get("release_before")
    containers = world.containers.list(settings.app_service)
    if not containers:
        yield f"no application container is there{f'; {before} ran before' if before else ''}"
    for container in containers:
        release = container.labels.get(RELEASE_LABEL, "of no release")
        if release != before or container.health.value in {"unhealthy", "starting"} or not container.is_running:
            yield f"container {container.name} ({release}) is {container.status}, health {container.health}"


def _edge(world: World) -> Iterator[str]:
    if not world.edge.is_reachable():
        yield "the edge does not answer"
        return
    if not any(slot.address and slot.is_up for slot in world.edge.slots()):
        yield "the edge sends requests to nobody"
    if world.edge.is_in_maintenance():
        yield "the maintenance page is on (./scripts/deploy.sh maintenance off)"


def _database(world: World, plan: Plan) -> Iterator[str]:
    before = str(plan.summary.get("database_revision", ""))
    now = ", ".join(world.database.observe().revision_ids)
    if now != before:
        yield f"the database is at {now or 'no revision'}, was at {before or 'no revision'}"


def _tags(world: World, plan: Plan) -> Iterator[str]:
    tagging = next((step for step in plan.steps if step.name == "tag-for-rollback"), None)
    if tagging is None:
        return
    for reference, before in tagging.params["previous"].items():
        image = world.images.find(reference)
        now = image.image_id if image else None
        if now != before:
            yield f"{reference} names {_short(now)}, named {_short(before)}"


def _short(image_id: str | None) -> str:
    return image_id[7:19] if image_id else "nothing"


def record_what_serves(world: World, settings: Settings) -> Release | None:
    """The ledger's current release becomes the one whose container serves; none where none does.

    Without it a rollback would refuse to bring back what the ledger only believes to run.
    """
    healthy = [
        c for c in world.containers.list(settings.app_service)
        if c.is_running and c.health.value in {"healthy", "none"}
    ]
    known = {release.image.image_id: release for release in reversed(world.ledger.releases())}
    serving = next((known[c.image_id] for c in healthy if c.image_id in known), None)
    world.ledger.set_current_release(serving.number if serving else None)
    return serving


def with_next_command(outcome: DeploymentOutcome, has_way_back: bool) -> DeploymentOutcome:
    """Where the deployment was given up: the way back where there is one, else a look."""
    if outcome.next_command or not outcome.differs:
        return outcome
    return replace(outcome, next_command=ROLLBACK_COMMAND if has_way_back else STATUS_COMMAND)
