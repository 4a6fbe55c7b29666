"""Production, as it was seen before the plan was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from deploy.model.accessories import SeenAccessory
from deploy.model.compose_look import ComposeLook
from deploy.model.containers import Container
from deploy.model.database import DatabaseState
from deploy.model.deployments import Actor
from deploy.model.releases import Image, Release, RevisionGraph, RevisionKind, only_adds
from deploy.model.roles import Background
from deploy.model.routes import EdgeText


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
        latest_image_id / backup_image_id: what these tags name now, for the undo.
        known_graphs: every graph that the ledger remembers.
        revision_kinds: what earlier plans judged of each revision.
        has_page: whether the edge shows the maintenance page now.
        data_check_names: the project's own checks of its data.
        configuration: fingerprint of the application's compose service; empty where nothing is to be started.
        hand_migration: the last container of the migration service that was started by hand, since the last
            deployment; None where there is none.
        held_revision_ids: pending ones that wait for `deploy contract`; the graph is without them.
        compose: the rendered compose file; None where nothing is started.
        migrates_at_start: the words with which the application migrates by itself when it starts; empty: none seen.
        kept_numbers: releases whose compose file was kept as it was rendered for them.
        kept_differences: what of the file that was kept for the release to come is otherwise in today's; names only.
        edge_text: the edge's configuration as it is and as it is wanted; None where the edge is the project's own.
        background: workers and schedulers that move with a release, and what of them is there.
        accessories: services that are no part of a release, and what of them is there.
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
    known_graphs: tuple[RevisionGraph, ...] = ()
    revision_kinds: Mapping[str, RevisionKind] = field(default_factory=dict)
    has_page: bool = False
    data_check_names: tuple[str, ...] = ()
    held_revision_ids: tuple[str, ...] = ()
    configuration: str = ""
    hand_migration: Container | None = None
    compose: ComposeLook | None = None
    migrates_at_start: str = ""
    kept_numbers: frozenset[int] = frozenset()
    kept_differences: tuple[str, ...] = ()
    edge_text: EdgeText | None = None
    background: Background = field(default_factory=Background)
    accessories: tuple[SeenAccessory, ...] = ()

    def ahead_kinds_are_expand(self, ahead_ids: Sequence[str], older: RevisionGraph | None = None) -> bool:
        """Whether everything between the older image and these revisions only adds.

        The path is read from a graph that knows the revisions (the newer image's); what is not
        remembered as EXPAND counts as breaking.
        """
        base = older or self.graph
        return base is not None and only_adds(ahead_ids, base, self.known_graphs, self.revision_kinds)
