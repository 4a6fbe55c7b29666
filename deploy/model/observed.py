"""Production, as it was seen before the plan was made."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.model.containers import Container
from deploy.model.database import DatabaseState
from deploy.model.deployments import Actor
from deploy.model.releases import Image, Release, RevisionGraph


@dataclass(frozen=True)
class Observed:
    """One look at everything a plan depends on.

    Attributes:
        image: the image to be deployed, already on this machine; None for a backup alone.
        graph: the revisions of that image.
        running_containers: the application's containers that run now.
        running_image: the image they run; None before the first deployment.
        running_graph: the revisions of the running image.
        current_release: the ledger's word for what runs.
        tags: what `latest` and `backup` name now (image ids), for the undo.
    """

    actor: Actor
    database: DatabaseState
    image: Image | None
    graph: RevisionGraph | None
    running_containers: tuple[Container, ...]
    running_image: Image | None
    running_graph: RevisionGraph | None
    current_release: Release | None
    releases: tuple[Release, ...]
    next_release_number: int
    latest_image_id: str | None
    backup_image_id: str | None
