"""The ledger's word: unfinished, under way, ended badly, or lost."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.containers import RELEASE_LABEL
from deploy.model.deployments import DeploymentState
from deploy.model.errors import RECOVER_COMMAND
from deploy.model.production import Area, NotKnown, Point, PointState, Production
from deploy.settings.schema import Settings

FIRST_DEPLOYMENT = "./scripts/deploy.sh --auto-migrate --backup --health-check"


def ledger_points(production: Production, settings: Settings) -> Iterator[Point]:
    """Whether it can be read, and knows what runs."""
    ledger = production.ledger
    if isinstance(ledger, NotKnown):
        yield Point(Area.LEDGER, PointState.WRONG, ledger.why, ledger.hint)
        return
    if not production.was_never_deployed:
        return
    released = [] if isinstance(production.app, NotKnown) else [
        c for c in production.app if c.labels.get(RELEASE_LABEL, "").startswith("release-")
    ]
    if released:
        names = ", ".join(f"{c.name} ({c.labels[RELEASE_LABEL]})" for c in released)
        yield Point(
            Area.LEDGER, PointState.WRONG,
            f"the ledger in {settings.state_directory} knows of no deployment, but {names} was made by one: "
            "it is another checkout's, or the ledger was lost",
            f"{RECOVER_COMMAND}, if this is the directory that deploys",
        )
        return
    yield Point(Area.DEPLOYMENTS, PointState.OPEN, "nothing was deployed yet", FIRST_DEPLOYMENT)


def deployment_points(production: Production, settings: Settings) -> Iterator[Point]:  # noqa: ARG001
    """What a deployment left, or is doing now; and the maintenance page."""
    if isinstance(production.ledger, NotKnown):
        return
    unfinished, last = production.ledger.unfinished, production.ledger.last
    if unfinished is not None:
        name = unfinished.deployment_id
        if unfinished.is_being_watched:
            yield Point(
                Area.DEPLOYMENTS, PointState.OPEN, f"deployment {name} is being watched", "./scripts/deploy.sh abort"
                " undoes it at once",
            )
        elif production.lock_holder:
            yield Point(
                Area.DEPLOYMENTS, PointState.OPEN,
                f"deployment {name} is under way ({production.lock_holder}): what is seen here may change",
                "./scripts/deploy.sh status, when it has ended",
            )
        else:
            yield Point(
                Area.DEPLOYMENTS, PointState.WRONG, f"deployment {name} is unfinished, and no process works on it",
                "./scripts/deploy.sh resume, or ./scripts/deploy.sh abort",
            )
    elif last is not None and last.state in {DeploymentState.NOT_UNDONE, DeploymentState.GIVEN_UP}:
        yield Point(
            Area.DEPLOYMENTS, PointState.OPEN, f"the last deployment, {last.deployment_id}, ended with exit code "
            f"{last.exit_code}: {last.outcome}", f"./scripts/deploy.sh report {last.deployment_id}",
        )
    yield from _page_points(production)


def _page_points(production: Production) -> Iterator[Point]:
    state = production.maintenance
    if isinstance(state, NotKnown) or production.is_under_way:
        return
    order = state.order
    if state.is_on:
        since = f", since {order.since:%Y-%m-%d %H:%M} UTC by {order.user_name}" if order else ""
        yield Point(
            Area.EDGE, PointState.WRONG, f"the maintenance page is ON{since}", "./scripts/deploy.sh maintenance off"
        )
    elif order is not None and state.is_on is False:
        yield Point(
            Area.EDGE, PointState.WRONG, "the maintenance page was switched on, and is not shown",
            "./scripts/deploy.sh maintenance on, or off",
        )
