"""Which web services beside the application the edge leads to, by their labels. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.checks.service_port import health_path_of, service_port_of
from deploy.model.errors import BlockedError
from deploy.model.routes import ROUTE_LABEL, Route, RoutedService
from deploy.settings.schema import Settings

_HOST = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
# Without what would have a meaning of its own in the edge's configuration.
_ROUTE = re.compile(rf"(?P<host>{_HOST})?(?P<path>/[A-Za-z0-9._~/-]*)?")
REFERENCE = "route-not-possible"


def route_label(service: Mapping[str, Any]) -> str:
    """What the label says; empty where there is none."""
    labels = service.get("labels") or {}
    return str(labels.get(ROUTE_LABEL) or "").strip() if isinstance(labels, Mapping) else ""


def read_routes(services: Mapping[str, Any], settings: Settings) -> tuple[RoutedService, ...]:
    """Every service with a label that can be followed; `route_problems` refuses the others.

    Args:
        services: those of `docker compose config --format json`.
    """
    return tuple(
        RoutedService(
            name, f"{name}.{settings.project_name}.surefoot", port, health_path_of(service), tuple(routes)
        )
        for name, service in services.items()
        if name != settings.app_service
        and (routes := [route for word in _words(service) if (route := _parsed(word))])
        and (port := service_port_of(service)) is not None
    )


def route_problems(services: Mapping[str, Any], settings: Settings) -> list[BlockedError]:
    """Labels that cannot be followed."""
    return [*_bad_labels(services, settings), *_said_twice(services, settings)]


def _bad_labels(services: Mapping[str, Any], settings: Settings) -> Iterator[BlockedError]:
    for name, service in services.items():
        words = _words(service)
        if words and name == settings.app_service:
            yield _problem(
                f"service {name} is the application, and its label `{ROUTE_LABEL}` has no effect",
                "remove it: what no other service's label names is the application's",
            )
            continue
        for word in words:
            if _parsed(word) is None:
                yield _problem(
                    f"service {name} has `{ROUTE_LABEL}: {word}`, which is no route",
                    "write a path (`/admin`), a host (`admin.shop.example`) or both (`shop.example/admin`); several "
                    "are separated by blanks",
                )
        if words and service_port_of(service) is None:
            yield _problem(
                f"service {name} has a route, and the compose file does not say on which port it listens",
                'give it `expose: ["PORT"]` with one port',
            )


def _said_twice(services: Mapping[str, Any], settings: Settings) -> Iterator[BlockedError]:
    counts = Counter(route for routed in read_routes(services, settings) for route in routed.routes)
    for route, count in counts.items():
        if count > 1:
            yield _problem(f"the route {route} is that of {count} services", "leave it with one of them")


def _parsed(word: str) -> Route | None:
    found = _ROUTE.fullmatch(word.lower().partition("/")[0] + word[len(word.partition("/")[0]):])
    if found is None or not word:
        return None
    path = (found["path"] or "").rstrip("/")
    route = Route(found["host"] or "", path)
    # `/` alone is everything, and that is the application's.
    return route if route.host or route.path else None


def _words(service: Mapping[str, Any]) -> list[str]:
    return re.split(r"[\s,]+", route_label(service)) if route_label(service) else []


def _problem(what: str, hint: str) -> BlockedError:
    return BlockedError(what, hint=hint, reference=REFERENCE)
