"""Which services of the rendered compose file are no part of a release, and what a deployment does with each. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from deploy.checks.roles import MIGRATES, runs_once
from deploy.checks.service_image import image_of, is_database_image, is_only_built
from deploy.model.accessories import Accessory
from deploy.model.roles import BACKGROUND, Role, ServiceRole


def read_accessories(
    services: Mapping[str, Any], roles: Sequence[ServiceRole], project_name: str, database: str = ""
) -> tuple[Accessory, ...]:
    """Each of them, in the file's order.

    A service of the application's image is one only where its label says so: the others are named by the plan.

    Args:
        services: those of `docker compose config --format json`, all profiles.
        roles: of all of them.
        project_name: with which Compose names what is only built.
        database: the service that DATABASE_URL leads to; empty: none of them.
    """
    moved = {role.name for role in roles if _is_moved(role)}
    return tuple(
        Accessory(
            service=role.name, role=role.role, image=image_of(role.name, services[role.name], project_name),
            is_built=is_only_built(services[role.name]), needs=tuple(services[role.name].get("depends_on") or {}),
            waits_for_release=_needs_any(role.name, moved, services),
            stop_grace_seconds=role.stop_grace_seconds, profile=_profile(services[role.name]),
            by_hand_because=next(_by_hand(role, services), ""),
            is_database=role.name == database or is_database_image(services[role.name].get("image")),
        )
        for role in roles if _is_accessory(role)
    )


def needed_image(name: str, service: Mapping[str, Any], project_name: str) -> tuple[str, bool]:
    """Its reference, and whether no registry can have it."""
    return image_of(name, service, project_name), is_only_built(service)


def service_at(hosts: Collection[str], services: Mapping[str, Any]) -> str:
    """The service that one of these names leads to in the networks of the file; empty where none does."""
    return next((name for host in hosts for name, service in services.items() if host in _names_of(name, service)), "")


def _names_of(name: str, service: Mapping[str, Any]) -> Iterator[str]:
    yield name
    yield str(service.get("container_name") or name)
    for options in (service.get("networks") or {}).values():
        yield from (options or {}).get("aliases") or ()


def _is_accessory(role: ServiceRole) -> bool:
    if role.moves or role.role not in {Role.ACCESSORY, *BACKGROUND}:
        return False
    return not role.has_release_image or role.is_asked_for


def _is_moved(role: ServiceRole) -> bool:
    """Whether it is there, or new, only once a deployment has switched."""
    return role.moves or role.has_release_image or role.role in {Role.WEB, Role.EDGE, Role.MIGRATION}


def _needs_any(name: str, wanted: Collection[str], services: Mapping[str, Any]) -> bool:
    """Compose refuses a circle, so this ends."""
    needed = (services.get(name) or {}).get("depends_on") or {}
    return any(other in wanted or _needs_any(other, wanted, services) for other in needed)


def _by_hand(role: ServiceRole, services: Mapping[str, Any]) -> Iterator[str]:
    service = services[role.name]
    if _profile(service):
        yield f"it is in the profile {_profile(service)}"
    if MIGRATES.search(_words(service)):
        yield "it runs migrations"
    if runs_once(role.name, services):
        yield "another service waits for its end: it runs once"
    if role.has_release_image:
        yield "it runs the application's image"


def _profile(service: Mapping[str, Any]) -> str:
    return str(next(iter(service.get("profiles") or ()), ""))



def _words(service: Mapping[str, Any]) -> str:
    found = [service.get("entrypoint") or "", service.get("command") or ""]
    return " ".join(part if isinstance(part, str) else " ".join(map(str, part)) for part in found)
