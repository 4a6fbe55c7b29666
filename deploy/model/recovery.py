"""What tags, labels and the database still tell of a project whose ledger is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.model.containers import Container, Slot
from deploy.model.database import DatabaseState
from deploy.model.releases import Image, Release


@dataclass(frozen=True)
class Remains:
    """What was found.

    Attributes:
        tags: `latest`, `backup`, `release-7` -> the image that the tag names.
        containers: of the application, in any state.
        images: image id -> image, of those containers, where it is still here.
        slots: of the edge; empty where it does not answer.
        known: releases that the ledger knows already.
    """

    tags: Mapping[str, Image]
    containers: tuple[Container, ...]
    images: Mapping[str, Image]
    slots: tuple[Slot, ...]
    database: DatabaseState
    known: tuple[Release, ...]


@dataclass(frozen=True)
class Recovery:
    """What would be written.

    Attributes:
        releases: those that the ledger does not know, newest first, without their revisions.
        current: the number of the release that serves; None: none is seen to.
        says: a line for each thing that was found.
        doubts: what could not be established.
    """

    releases: tuple[Release, ...]
    current: int | None
    says: tuple[str, ...]
    doubts: tuple[str, ...]
