"""Web services beside the application, behind the edge: what a plan does with them. Pure."""

from __future__ import annotations

from collections.abc import Collection

from deploy.model.containers import RELEASE_LABEL, Container, Health
from deploy.model.edge_routes import backends_in, routes_in
from deploy.model.observed import Observed
from deploy.model.roles import ServiceRole
from deploy.model.routes import backend_of
from deploy.model.steps import Step
from deploy.settings.schema import Settings
from deploy.steps.configure_edge import ConfigureEdge, says_backends
from deploy.steps.switch_containers import UNNAMED_RELEASE, FormerRelease, ServedRelease, SwitchContainers
from deploy.steps.switch_web_services import SwitchWebServices


def configure_edge(settings: Settings, observed: Observed) -> list[Step]:
    """Where the compose file asks for other routes than the edge has."""
    text = observed.edge_text
    if text is None:
        return []
    wanted = backends_in(text.wanted)
    is_running_so = text.running is None or text.running == wanted
    if routes_in(text.wanted) == routes_in(text.present) and is_running_so:
        return []
    says = f"{says_backends(wanted)}; it is reloaded with its sockets open"
    return [ConfigureEdge(
        says=says, edge_service=settings.edge_service, text=text.wanted, backends=tuple(sorted(wanted)),
        previous=text.present, previous_backends=tuple(sorted(backends_in(text.present))),
    )]


def switch_web_services(
    settings: Settings, observed: Observed, image_id: str, release: str, *, stopped: Collection[str],
    stay_stopped: bool,
) -> list[Step]:
    """Bring them to a release; nothing where there is none, or nothing of them changes.

    Args:
        stopped: those that a step before has stopped.
        stay_stopped: an undo leaves these stopped.
    """
    background = observed.background
    switches = []
    for service in background.services:
        is_known = not service.image or service.name in background.images
        is_left = service.name in background.unchanged and service.name not in stopped
        if not service.is_routed or not is_known or is_left:
            continue
        own = background.images[service.name].image_id if service.image else image_id
        running = [c for c in background.containers.get(service.name, ()) if c.is_running]
        is_gone = stay_stopped and service.name in stopped
        switches.append(_switch(
            settings, service, ServedRelease(image_id=own, release=release) if service.replicas else None,
            None if is_gone else _former(running),
        ))
    if not switches:
        return []
    names = ", ".join(switch.service for switch in switches)
    return [SwitchWebServices(says=f"{names} → {release}, {settings.switch}", switches=tuple(switches))]


def _switch(
    settings: Settings, service: ServiceRole, new: ServedRelease | None, old: FormerRelease | None
) -> SwitchContainers:
    return SwitchContainers(
        says=service.name, strategy=settings.switch, had_page=True,  # the page would be shown to all services' users
        service=service.name, edge_service=settings.edge_service, replicas=max(service.replicas, 1),
        start_timeout_seconds=settings.start_timeout_seconds, drain_timeout_seconds=settings.drain_timeout_seconds,
        stop_grace_seconds=service.stop_grace_seconds, new=new, old=old, backend=backend_of(service.name),
    )


def _former(running: list[Container]) -> FormerRelease | None:
    if not running:
        return None
    return FormerRelease(
        image_id=running[0].image_id, release=running[0].labels.get(RELEASE_LABEL, UNNAMED_RELEASE),
        is_sick=all(c.health is Health.UNHEALTHY for c in running),
    )
