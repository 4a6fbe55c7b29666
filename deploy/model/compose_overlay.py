"""What the tool lays over a project's own compose file, so that the file can stay as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# `!override` and a `!reset` that works came with it.
NEEDED_COMPOSE = (2, 24, 4)
# In APP_IMAGE while the file is rendered: where it comes out again, the file takes the image from us already.
IMAGE_PROBE = "surefoot/preflight:probe"

@dataclass(frozen=True)
class Reset:
    """The project's value is taken away (`!reset`)."""


@dataclass(frozen=True)
class Override:
    """The project's value is replaced, not merged (`!override`)."""

    value: Any


@dataclass(frozen=True)
class ComposeOverlay:
    """One more compose file, passed last.

    Attributes:
        services: by name; a value is JSON, or Reset, or Override.
        image: what the project's file gives the application; empty where it takes that from us, or only builds it.
        edge_configuration: what an edge of the tool's own is to read; empty where the edge is the project's.
        says: what is otherwise than in the project's file, and why, one sentence each: for the plan.
    """

    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    image: str = ""
    edge_configuration: str = ""

    def __bool__(self) -> bool:
        return bool(self.services)


@dataclass(frozen=True)
class OwnServices:
    """The edge and the migration as the tool has them, and the application's health check.

    Attributes:
        edge, migration, health_check: as JSON of a compose file; variables are Compose's to put in.
        configuration: the folder that the edge mounts as /conf.
    """

    edge: Mapping[str, Any]
    migration: Mapping[str, Any]
    health_check: Mapping[str, Any]
    configuration: str
