"""What in the compose file keeps two versions of the application from running at once, or the edge from finding one.

Pure: reads the rendered file. The engine would refuse the second container only after the migration has committed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deploy.model.errors import BlockedError
from deploy.settings.schema import Settings

STOP_FIRST = "set DEPLOY_SWITCH=stop-first and accept that nothing serves during the switch"
# Of one network: an address that only one container can have.
FIXED_IN_NETWORK = ("ipv4_address", "ipv6_address", "link_local_ips", "mac_address")
# Where another container's namespace is joined: `service:app`, `container:shop-app-1`.
JOINING = ("network_mode", "pid", "ipc")


def side_by_side_problems(services: Mapping[str, Any], settings: Settings) -> list[BlockedError]:
    """Every key of the application that only one container can have, and every one that hides it from the edge.

    Args:
        services: those of `docker compose config --format json`; the application's is among them.
    """
    name = settings.app_service
    service = services[name]
    problems = [_hidden(name, service["network_mode"])] if _is_hidden(service) else []
    edge = services.get(settings.edge_service)
    if not problems and edge is not None and not _networks(service) & _networks(edge):
        problems.append(_not_in_one_network(name, settings.edge_service, edge))
    problems += _replica_problems(name, service, settings)
    problems += [_sidecar(other, key, name) for other, key in _sidecars(services, name)]
    if settings.switch == "drain":
        problems += [_cannot_scale(name, key, instead) for key, instead in exclusive_keys(service, settings.replicas)]
    return problems


def exclusive_keys(service: Mapping[str, Any], replicas: int) -> list[tuple[str, str]]:
    """The keys that only one container can have, and what to do instead of each."""
    found = []
    if service.get("container_name"):
        found.append(("container_name", "remove it (Compose names the containers)"))
    if any(_is_fixed(port, 2 * replicas) for port in service.get("ports") or ()):
        found.append(("ports", "remove it (the edge publishes the port)"))
    if service.get("mac_address"):
        found.append(("mac_address", "remove it"))
    for network, options in sorted((service.get("networks") or {}).items()):
        found += [
            (f"networks.{network}.{key}", "remove it (the edge finds the containers by the service's name)")
            for key in FIXED_IN_NETWORK if (options or {}).get(key)
        ]
    return found


def _is_fixed(port: Any, needed: int) -> bool:
    """Whether its host ports are too few for two versions; without a host port, or from a wide range, they are not."""
    published = str(port.get("published") or "") if isinstance(port, Mapping) else str(port)
    first, _, last = published.partition("-")
    if not published or published == "0":
        return False
    return not (first.isdigit() and last.isdigit() and int(last) - int(first) + 1 >= needed)


def _is_hidden(service: Mapping[str, Any]) -> bool:
    """Without a network of its own a container has no address that the edge could find by the service's name."""
    return str(service.get("network_mode") or "") not in {"", "default"}


def _networks(service: Mapping[str, Any]) -> set[str]:
    if _is_hidden(service):
        return set()
    return set(service.get("networks") or {"default": None})


def _sidecars(services: Mapping[str, Any], name: str) -> list[tuple[str, str]]:
    """Services that live inside a container of the application, and end with it."""
    return [
        (other, key)
        for other, service in services.items() for key in JOINING
        if other != name and service.get(key) == f"service:{name}"
    ]


def _replica_problems(name: str, service: Mapping[str, Any], settings: Settings) -> list[BlockedError]:
    deploy: Mapping[str, Any] = service.get("deploy") or {}
    if str(deploy.get("mode") or "replicated") != "replicated":
        return [_problem(
            f"service {name} has `deploy.mode: {deploy['mode']}`, whose containers are not numbered",
            "remove it, and say how many in DEPLOY_REPLICAS", "replicas-differ",
        )]
    wanted: Sequence[Any] = [found for found in (deploy.get("replicas"), service.get("scale")) if found is not None]
    if not wanted or int(wanted[0]) == settings.replicas:
        return []
    key = "deploy.replicas" if deploy.get("replicas") is not None else "scale"
    return [_problem(
        f"service {name} has `{key}: {wanted[0]}`, and a deployment would run {settings.replicas} (DEPLOY_REPLICAS)",
        f"set DEPLOY_REPLICAS={wanted[0]} (at most 2), or change `{key}`", "replicas-differ",
    )]


def _hidden(name: str, mode: str) -> BlockedError:
    return _problem(
        f"service {name} has `network_mode: {mode}`, so two versions cannot run side by side, and the edge finds none",
        "remove it: the application and the edge need a network of the compose file in common "
        "(DEPLOY_SWITCH=stop-first does not help here: the edge would not find the new container either)",
        "service-cannot-scale",
    )


def _not_in_one_network(name: str, edge_name: str, edge: Mapping[str, Any]) -> BlockedError:
    if _is_hidden(edge):
        what = f"service {edge_name} has `network_mode: {edge['network_mode']}`, and cannot find service {name} by name"
        return _problem(what, "remove it, and publish the edge's port with `ports`", "edge-apart")
    return _problem(
        f"services {name} and {edge_name} have no network in common, so the edge cannot find the application",
        f"put both into one network (`networks` of {name} and {edge_name})", "edge-apart",
    )


def _sidecar(other: str, key: str, name: str) -> BlockedError:
    return _problem(
        f"service {other} has `{key}: service:{name}`: it shares the container that a switch removes",
        f"give {other} its own, or do its work inside {name}", "service-inside-application",
    )


def _cannot_scale(name: str, key: str, instead: str) -> BlockedError:
    return _problem(
        f"service {name} has `{key}`, so two versions cannot run side by side",
        f"{instead}, or {STOP_FIRST}", "service-cannot-scale",
    )


def _problem(what: str, hint: str, reference: str) -> BlockedError:
    return BlockedError(what, hint=hint, reference=reference)
