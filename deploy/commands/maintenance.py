"""`maintenance on / off / status` (D11)."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from deploy.adapters.edge import HaproxyEdge
from deploy.adapters.edge_files import EdgeFiles
from deploy.adapters.state_lock import state_lock
from deploy.commands.observe import observe_actor
from deploy.commands.wiring import SOCKET_NAME
from deploy.model.errors import BlockedError, DeployError, NotUndoneError, UsageError
from deploy.model.maintenance import DEFAULT_MESSAGE, MaintenanceOrder, MaintenanceState
from deploy.settings.schema import Settings

ORDER_NAME = "maintenance.json"


def start_maintenance(settings: Settings, message: str, allowed: Sequence[str]) -> MaintenanceState:
    """Show the page to everybody else; it stays over a restart of the edge.

    Args:
        message: empty for the standard sentence.
        allowed: networks, such as 203.0.113.7 or 10.0.0.0/8.

    Raises:
        UsageError: a network is none.
        LockedError: a deployment is under way.
        BlockedError: the edge does not answer.
        NotUndoneError: the edge and its files differ now.
    """
    networks = tuple(_network(text) for text in allowed)
    actor = observe_actor()
    with state_lock(settings.state_directory, actor, "maintenance on"):
        edge = _edge(settings)
        order = MaintenanceOrder(message or DEFAULT_MESSAGE, networks, datetime.now(UTC), actor.user_name)
        # Files first: if we are killed in between, `status` compares and says so.
        with _half_done("the page is not on now, and a restart of the edge may switch it on"):
            _files(settings).write(is_on=True, message=order.message, allowed=networks)
            _save(settings, order)
        with _half_done("whether the page is on is not known, and a restart of the edge switches it on"):
            edge.set_page(order.message, networks)
            edge.set_maintenance(is_on=True)
    return MaintenanceState(True, order)


def end_maintenance(settings: Settings) -> MaintenanceState:
    """Take it away.

    Raises:
        LockedError: a deployment is under way.
        BlockedError: the edge does not answer.
    """
    with state_lock(settings.state_directory, observe_actor(), "maintenance off"):
        edge = _edge(settings)
        edge.set_maintenance(is_on=False)
        with _half_done("the page is off now, and a restart of the edge may switch it on again"):
            edge.set_page(DEFAULT_MESSAGE, ())
            _files(settings).write(is_on=False, message=DEFAULT_MESSAGE, allowed=())
        (settings.state_directory / ORDER_NAME).unlink(missing_ok=True)
    return MaintenanceState(False, None)


def read_maintenance(settings: Settings) -> MaintenanceState:
    """Whether it is on, and by whom. Never fails."""
    edge = HaproxyEdge(settings.edge_run / SOCKET_NAME)
    return MaintenanceState(edge.is_in_maintenance() if edge.is_reachable() else None, read_order(settings))


@contextmanager
def _half_done(differs: str) -> Iterator[None]:
    """What fails in here has changed something already.

    Raises:
        NotUndoneError: with what differs.
    """
    try:
        yield
    except DeployError as error:
        what, hint, reference = error.what, error.hint, error.reference
    except OSError as error:
        what = f"the state of the page cannot be saved: {error.strerror}"
        hint, reference = "df -h", "state-not-writable"
    else:
        return
    raise NotUndoneError(
        f"{what}; {differs}", hint=f"{hint}; then the same command again (./scripts/deploy.sh maintenance status)",
        reference=reference,
    )


def _edge(settings: Settings) -> HaproxyEdge:
    edge = HaproxyEdge(settings.edge_run / SOCKET_NAME)
    if not edge.is_reachable():
        raise BlockedError(
            "the edge does not answer, so users get neither the application nor the page",
            hint=f"{settings.compose_command} up -d {settings.edge_service}", reference="edge-unreachable",
        )
    return edge


def _files(settings: Settings) -> EdgeFiles:
    return EdgeFiles(settings.edge_directory)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise UsageError(
            f"--allow {text}: this is neither an address nor a network", hint="--allow 203.0.113.7 --allow 10.0.0.0/8",
            reference="bad-network",
        ) from None


def _save(settings: Settings, order: MaintenanceOrder) -> None:
    path: Path = settings.state_directory / ORDER_NAME
    path.write_text(json.dumps(TypeAdapter(MaintenanceOrder).dump_python(order, mode="json")), encoding="utf-8")


def read_order(settings: Settings) -> MaintenanceOrder | None:
    """What the last `maintenance on` asked for; None where there was none, or it cannot be read."""
    try:
        text = (settings.state_directory / ORDER_NAME).read_text(encoding="utf-8")
        return TypeAdapter(MaintenanceOrder).validate_json(text)
    except (OSError, ValidationError):
        return None
