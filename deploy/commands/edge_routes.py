"""The edge's routes as they are, beside those that the compose file asks for."""

from __future__ import annotations

from deploy.model.doors import World
from deploy.model.edge_routes import backends_in, others_of
from deploy.model.errors import BlockedError
from deploy.model.roles import Background
from deploy.model.routes import EdgeText, backend_of
from deploy.settings.schema import Settings


def edge_text_of(world: World) -> EdgeText | None:
    """None where the edge's configuration is the project's own."""
    wanted = world.compose.overlay().edge_configuration
    if not wanted:
        return None
    running = None
    if world.edge.is_reachable():
        running = others_of(world.edge.backends())
    return EdgeText(wanted, world.edge.configuration(), running)


def require_backends(world: World, settings: Settings, background: Background) -> None:
    """A configuration that is the project's own must lead to every service with a route.

    Raises:
        BlockedError: it does not.
    """
    if world.compose.overlay().edge_configuration:
        return
    present = backends_in(world.edge.configuration())
    for service in background.services:
        if service.is_routed and backend_of(service.name) not in present:
            raise BlockedError(
                f"service {service.name} has a route, and {settings.edge_directory / 'haproxy.cfg'}, which is yours, "
                f"has no `backend {backend_of(service.name)}`",
                hint="write it, with its `_unchecked` and `_overloaded` and a `use_backend` line, as the example in "
                "docs/commands/deploy.md has it; or remove edge/, and the tool writes the edge's configuration",
                reference="route-not-possible",
            )
