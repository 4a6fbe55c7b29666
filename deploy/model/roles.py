"""What each service of the compose file is to a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from deploy.model.containers import Container
from deploy.model.pinned_images import PinnedImage

ROLE_LABEL = "surefoot.role"
# Laid over a service for whose end the application waited: nothing in the file says it any more.
ONCE_LABEL = "surefoot.once"


class Role(StrEnum):
    """How a deployment treats a service."""

    WEB = "web"
    """Asked by users: the application's service behind the edge, or a page of another image beside it."""
    WORKER = "worker"
    """Without traffic: the new one starts beside the old one, which then ends within its grace."""
    SINGLETON = "singleton"
    """Never two at once (a scheduler): the old one has ended before the new one starts."""
    ONCE = "once"
    """Run to its end in each deployment, after the migration and before the switch: seed data, static files."""
    EDGE = "edge"
    """Never touched by a switch."""
    MIGRATION = "migration"
    """Run by a deployment, in its profile."""
    ACCESSORY = "accessory"
    """No part of a release: a deployment leaves it alone."""


BACKGROUND = (Role.WORKER, Role.SINGLETON)
# In the order in which a deployment moves them, after the application.
MOVED = (Role.WEB, *BACKGROUND)


@dataclass(frozen=True)
class ServiceRole:
    """One service of the compose file.

    Attributes:
        reason: where the role comes from, in words for the plan.
        has_release_image: whether it runs the application's image.
        strategy: how a background service moves.
        strategy_reason: why it cannot move beside the old one; empty where it can, or must not by its role.
        replicas: how many containers of it the file asks for.
        stop_grace_seconds: from SIGTERM to SIGKILL, by the file.
        has_health_check: whether the file gives it one of its own; an image's own is the web service's.
        is_asked_for: whether a label of the file says the role.
        image: the reference of its own image; empty where it runs the application's.
        is_built: whether the file has a `build:` for its own image.
        is_only_built: whether no registry can have that image.
        is_application: whether it is the service that the edge leads to.
        is_routed: whether the edge leads to it, beside the application.
        uses_database: whether it may read or write there, as far as its variables and dependencies tell.
    """

    name: str
    role: Role
    reason: str
    has_release_image: bool = False
    strategy: Literal["beside", "stop-first"] = "beside"
    strategy_reason: str = ""
    replicas: int = 1
    stop_grace_seconds: int = 10
    has_health_check: bool = False
    is_asked_for: bool = False
    image: str = ""
    is_built: bool = False
    is_only_built: bool = False
    is_application: bool = False
    is_routed: bool = False
    uses_database: bool = True

    @property
    def is_left_behind(self) -> bool:
        """Whether it runs the application's image, and neither moves nor was said to stay."""
        is_ours_to_run = self.role in {Role.WEB, Role.EDGE, Role.MIGRATION}
        return self.has_release_image and not self.moves and not is_ours_to_run and not self.is_asked_for

    @property
    def is_of_release(self) -> bool:
        """Whether it is made of the release's images: it moves, or runs once."""
        return self.moves or self.role is Role.ONCE

    @property
    def moves(self) -> bool:
        """Whether a deployment brings it to the new release."""
        return not self.is_application and self.role in MOVED


@dataclass(frozen=True)
class Background:
    """The services that move with a release beside the application's, and what of them is there now.

    Attributes:
        services: by the file, in its order.
        others: those that no deployment moves, although a reader of the file may expect it; for the plan.
        jobs: those that run once in each deployment, in the file's order.
        containers: of each service that moves, by its name.
        images: of each service that moves and has an image of its own, the one that the release has; a service that is
            missing here has one that is not known.
        unchanged: services whose own image and configuration are those that run already: nothing is done to them.
    """

    services: tuple[ServiceRole, ...] = ()
    others: tuple[ServiceRole, ...] = ()
    containers: Mapping[str, tuple[Container, ...]] = field(default_factory=dict)
    images: Mapping[str, PinnedImage] = field(default_factory=dict)
    unchanged: frozenset[str] = frozenset()
    jobs: tuple[ServiceRole, ...] = ()
