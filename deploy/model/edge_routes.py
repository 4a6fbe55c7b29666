"""The part of the edge's configuration that leads to other web services than the application.

https://docs.haproxy.org/2.6/configuration.html: `use_backend` rules are tried in their order, so the longest path
comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from deploy.model.routes import BACKEND_PREFIX, Route, RoutedService

DEFAULT = "  default_backend app\n"
SLOTS = 8


def with_routes(configuration: str, routed: Sequence[RoutedService]) -> str:
    """The application's configuration, with the others before its default backend and behind its end.

    Raises:
        ValueError: there is no default backend.
    """
    if not routed:
        return configuration
    if DEFAULT not in configuration:
        raise ValueError("the edge's configuration has no default backend")
    pairs = [(route, service) for service in routed for route in service.routes]
    pairs.sort(key=lambda pair: (-len(pair[0].path), not pair[0].host, str(pair[0])))
    rules = "".join(_rules(route, service.backend) for route, service in pairs)
    return configuration.replace(DEFAULT, rules + DEFAULT) + "".join(_backends(service) for service in routed)


def routes_in(configuration: str) -> list[str]:
    """The lines that are of other services, for a comparison."""
    return [line for line in configuration.splitlines() if f" {BACKEND_PREFIX}" in line or "# route" in line]


def backends_in(configuration: str) -> frozenset[str]:
    """The other services' backends: those with slots that are checked."""
    return others_of(re.findall(r"^backend (\S+)", configuration, re.MULTILINE))


def others_of(backends: Iterable[str]) -> frozenset[str]:
    """Of an edge's backends, those that are another service's and have slots that are checked."""
    return frozenset(
        name for name in backends
        if name.startswith(BACKEND_PREFIX) and not name.endswith(("_unchecked", "_overloaded"))
    )


def _rules(route: Route, backend: str) -> str:
    conditions = []
    if route.host:
        conditions.append(f"{{ hdr(host),field(1,:),lower {route.host} }}")
    if route.path:
        # In single quotes a backslash and a dollar are the expression's own.
        conditions.append(f"{{ path -m reg '^{re.escape(route.path)}(/|$)' }}")
    condition = " ".join(conditions)
    return (
        f"  use_backend {backend}_unchecked if {condition} {{ nbsrv({backend}) eq 0 }} "
        f"{{ nbsrv({backend}_unchecked) gt 0 }}\n"
        f"  use_backend {backend} if {condition}\n"
    )


def _backends(routed: RoutedService) -> str:
    name, place = routed.backend, f"{routed.alias}:{routed.port}"
    check = (
        f"  option httpchk GET {routed.health_path}\n  http-check expect status 200-399\n"
        if routed.health_path else ""
    )
    overloaded = (
        f"  http-response track-sc0 int(1) table {name}_overloaded if {{ status 503 }} "
        "{ res.hdr(Retry-After) -m found }\n"
        "  http-response sc-inc-gpc0(0) if { status 503 } { res.hdr(Retry-After) -m found }\n"
    )
    return (
        f"\nbackend {name}\n{check}"
        f"  server-template s {SLOTS} {place} check inter 1s fall 5 rise 1 resolvers docker init-addr last,none\n"
        f"{overloaded}"
        f"\nbackend {name}_unchecked\n  timeout connect 2s\n  retries 1\n"
        f"  server-template u {SLOTS} {place} resolvers docker init-addr last,none\n{overloaded}"
        f"\nbackend {name}_overloaded\n  stick-table type integer size 1 store gpc0\n"
    )
