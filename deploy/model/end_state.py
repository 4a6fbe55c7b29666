"""What a deployment may change of production: as it was at its beginning, and as it is seen at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from deploy.model.deployments import Deployment
from deploy.model.production import NotKnown


@dataclass(frozen=True)
class ProjectNames:
    """By which names the doors are asked about this project.

    Attributes:
        tag_repository: where `:latest`, `:backup` and `:release-N` are; empty: no tag is looked at.
        compose_command: what an operator types, up to the subcommand.
    """

    app_service: str = "app"
    edge_service: str = "edge"
    tag_repository: str = ""
    compose_command: str = "docker compose -f docker-compose.prod.yml"


DEFAULT_NAMES = ProjectNames()


@dataclass(frozen=True)
class SeenContainer:
    """One container of a service.

    Attributes:
        release: its label; empty where it bears none.
        is_serving: whether it runs, and is healthy or has no check of its own.
    """

    container_id: str
    name: str
    image_id: str
    release: str
    is_running: bool
    is_serving: bool


@dataclass(frozen=True)
class ProductionState:
    """One look at what a deployment may change; `NotKnown` where a door did not answer.

    Attributes:
        sent_to: to how many containers the edge sends requests; 0 where no edge answers.
        has_page: whether the maintenance page is on; False where no edge answers.
        tags: reference -> the image id that it names; None where it names none.
        revision_ids: of the database, sorted.
        schema: names of tables, and of what is invalid or not validated, sorted.
        release_number: of the release that the ledger calls current.
        background: the containers of each worker and scheduler that the plan names.
    """

    app: tuple[SeenContainer, ...] | NotKnown
    edge: tuple[SeenContainer, ...] | NotKnown
    sent_to: int | NotKnown
    has_page: bool | NotKnown
    tags: Mapping[str, str | None] | NotKnown
    revision_ids: tuple[str, ...] | NotKnown
    schema: tuple[str, ...] | NotKnown
    release_number: int | NotKnown | None
    background: Mapping[str, tuple[SeenContainer, ...]] | NotKnown = field(default_factory=dict)


@dataclass(frozen=True)
class EndSeen:
    """What was seen at the end.

    Attributes:
        is_compared: False where the beginning was not recorded: then nothing is said of it.
        started: names of the containers that served at the beginning and were started again now.
        differs: one sentence for each thing that is not as it was at the beginning.
        unknown: one sentence for each thing that does not answer now.
        unseen: one sentence for each thing that was not seen at the beginning, and cannot be compared.
        says: what was seen to be as it was, in one line.
        wrote: jobs of this deployment that ran: what they wrote is not compared, and stays.
        stays: services that this deployment started and that no release owns: they are there, and were not.
    """

    is_compared: bool
    started: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    says: str = ""
    stays: tuple[str, ...] = ()
    wrote: tuple[str, ...] = ()


class EndState(Protocol):
    """What the engine asks when a deployment is at its end. Nothing here raises."""

    def settle(self, deployment: Deployment, open_step_names: frozenset[str]) -> EndSeen:
        """Start what served at the beginning and is stopped, wait for it, and compare with the beginning.

        Args:
            open_step_names: steps that were begun and could not be taken back: what they changed is left alone.
        """

    def unfinished_business(self, deployment: Deployment) -> tuple[str, ...]:
        """After the last step: what of the release that was to serve does not; empty where it does."""


