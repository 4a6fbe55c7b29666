"""Which requests the edge sends to another web service than the application."""

from __future__ import annotations

from dataclasses import dataclass

ROUTE_LABEL = "surefoot.route"
# Of the edge's backends, those that are another service's; the application's is called `app`.
BACKEND_PREFIX = "web_"
APP_BACKEND = "app"


@dataclass(frozen=True)
class Route:
    """One word of the label: `/admin`, `admin.shop.example`, `shop.example/admin`.

    Attributes:
        host: in small letters, without a port; empty: every host.
        path: the prefix, `/admin`: that path itself, and what lies below it; empty: every path.
    """

    host: str
    path: str

    def __str__(self) -> str:
        return f"{self.host}{self.path}"


@dataclass(frozen=True)
class RoutedService:
    """A service that the edge leads to, beside the application.

    Attributes:
        alias: by which the edge finds its containers.
        port: on which it listens inside its container.
        health_path: what the edge's check asks; empty: whether the port answers is all that is checked.
    """

    service: str
    alias: str
    port: int
    health_path: str
    routes: tuple[Route, ...]

    @property
    def backend(self) -> str:
        """Its name in the edge's configuration."""
        return backend_of(self.service)


def backend_of(service: str) -> str:
    """The edge's backend of a service that is not the application's."""
    return f"{BACKEND_PREFIX}{service}"


@dataclass(frozen=True)
class EdgeText:
    """The edge's configuration, where it is the tool's own.

    Attributes:
        wanted: as the compose file asks for it.
        present: as it lies in the file that the edge reads; empty where there is none.
        running: the backends that the edge has now; None where it does not run.
    """

    wanted: str
    present: str
    running: frozenset[str] | None
