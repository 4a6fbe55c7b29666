"""Services that are no part of a release: a cache, a web page of another image, a database in the same file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from deploy.model.containers import BY_HAND, Container
from deploy.model.roles import Role

# Compose writes it on a container: what the file said of the service when it was made.
CONFIG_HASH_LABEL = "com.docker.compose.config-hash"
# As the file has them where nothing sets them, so that a container is the same whoever makes it, tool or person.
BY_HAND_ENVIRONMENT: Mapping[str, str] = {"RELEASE": BY_HAND, "DEPLOYMENT_ID": BY_HAND}
UP_COMMAND = "./scripts/deploy.sh accessories up"


@dataclass(frozen=True)
class Accessory:
    """One service, as the rendered compose file has it.

    Attributes:
        role: a worker or a singleton is here where it runs another image than the application's.
        image: by its reference; the name that Compose gives to what is only built.
        is_built: whether no registry can have it: the file only builds it, or forbids to pull it.
        needs: the services that it is started after.
        waits_for_release: whether it needs, itself or by another service, something that a deployment moves.
        stop_grace_seconds: from SIGTERM to SIGKILL.
        profile: in which the file has it; empty: in none.
        by_hand_because: why no deployment starts it; empty where one does, if it is absent.
        is_database: by its image's name, or because DATABASE_URL leads to it.
    """

    service: str
    role: Role
    image: str
    is_built: bool = False
    needs: tuple[str, ...] = ()
    waits_for_release: bool = False
    stop_grace_seconds: int = 10
    profile: str = ""
    by_hand_because: str = ""
    is_database: bool = False


@dataclass(frozen=True)
class SeenAccessory:
    """One of them, and its containers."""

    accessory: Accessory
    containers: tuple[Container, ...] = ()

    @property
    def is_absent(self) -> bool:
        """Whether it has no container at all."""
        return not self.containers

    @property
    def is_running(self) -> bool:
        """Whether a container of it runs."""
        return any(container.is_running for container in self.containers)


class AccessoryState(StrEnum):
    """What `accessories` says of one."""

    AS_THE_FILE_SAYS = "as-the-file-says"
    CHANGED = "changed-since"
    STOPPED = "stopped"
    ABSENT = "absent"


@dataclass(frozen=True)
class AccessoryLook:
    """One of them beside the file.

    Attributes:
        changes: what is otherwise in the file, in words; empty where nothing is.
    """

    accessory: Accessory
    state: AccessoryState
    containers: tuple[Container, ...] = ()
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class AccessoryChange:
    """What `accessories up NAME` would do.

    Attributes:
        what: `nothing`; `start`: the container that is there; `make`: the first one; `recreate`: another one.
        says: the same for an operator, with the gap that it costs.
    """

    look: AccessoryLook
    what: str
    says: str


@dataclass(frozen=True)
class AccessoryDone:
    """What it did.

    Attributes:
        away_seconds: how long nothing of it ran; None where it did not run before.
        warnings: what the operator should know of it.
    """

    look: AccessoryLook
    what: str
    away_seconds: float | None = None
    warnings: tuple[str, ...] = ()
