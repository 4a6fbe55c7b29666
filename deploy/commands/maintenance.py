"""`maintenance on / off / status` (D11)."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from deploy.adapters.edge import HaproxyEdge
from deploy.adapters.edge_files import EdgeFiles
from deploy.adapters.state_lock import state_lock
from deploy.commands.observe import observe_actor
from deploy.commands.wiring import SOCKET_NAME
from deploy.model.errors import BlockedError, UsageError
from deploy.model.maintenance import DEFAULT_MESSAGE, MaintenanceOrder, MaintenanceState
from deploy.settings.schema import Settings

ORDER_NAME = "maintenance.json"
EDGE_FOLDER = "edge"


def start_maintenance(settings: Settings, message: str, allowed: Sequence[str]) -> MaintenanceState:
    """Show the page to everybody else; it stays over a restart of the edge.

    Args:
        message: empty for the standard sentence.
        allowed: networks, such as 203.0.113.7 or 10.0.0.0/8.

    Raises:
        UsageError: a network is none.
        LockedError: a deployment is under way.
        BlockedError: the edge does not answer.
    """
    networks = tuple(_network(text) for text in allowed)
    actor = observe_actor()
    with state_lock(settings.state_directory, actor, "maintenance on"):
        edge = _edge(settings)
        order = MaintenanceOrder(message or DEFAULT_MESSAGE, networks, datetime.now(UTC), actor.user_name)
        # Files first: if we are killed in between, `status` compares and says so.
        _files(settings).write(is_on=True, message=order.message, allowed=networks)
        _save(settings, order)
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
        edge.set_page(DEFAULT_MESSAGE, ())
        _files(settings).write(is_on=False, message=DEFAULT_MESSAGE, allowed=())
        (settings.state_directory / ORDER_NAME).unlink(missing_ok=True)
    return MaintenanceState(False, None)


def read_maintenance(settings: Settings) -> MaintenanceState:
    """Whether it is on, and by whom. Never fails."""
    edge = HaproxyEdge(settings.edge_run / SOCKET_NAME)
    return MaintenanceState(edge.is_in_maintenance() if edge.is_reachable() else None, read_order(settings))


def _edge(settings: Settings) -> HaproxyEdge:
    edge = HaproxyEdge(settings.edge_run / SOCKET_NAME)
    if not edge.is_reachable():
        raise BlockedError(
            "the edge does not answer, so nobody is served, and no page either",
            hint="docker compose -f docker-compose.prod.yml up -d edge", reference="edge-unreachable",
        )
    return edge


def _files(settings: Settings) -> EdgeFiles:
    return EdgeFiles(settings.project_directory / EDGE_FOLDER)


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise UsageError(
            f"--allow {text}: no address and no network", hint="--allow 203.0.113.7 --allow 10.0.0.0/8",
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
