"""What runs: images, releases, and the Alembic revisions that an image knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Image:
    """An image that is on this machine.

    Attributes:
        image_id: `sha256:…`, the identity that a container is compared by.
        reference: the name it was asked by, such as `ghcr.io/acme/shop:latest`.
        digest: `repository@sha256:…` where a registry gave one.
        size_bytes: size on disk.
    """

    image_id: str
    reference: str
    digest: str | None
    size_bytes: int


class RevisionKind(StrEnum):
    """What a revision does to code that was written before it."""

    EXPAND = "expand"
    """Only adds: the older release keeps working."""
    CONTRACT = "contract"
    """Takes something away, renames or converts: the older release may break."""
    UNKNOWN = "unknown"
    """Could not be read; treated like CONTRACT."""


@dataclass(frozen=True)
class Revision:
    """One Alembic revision as the image ships it.

    Attributes:
        path: inside the image.
        phase: its `deploy_phase`, or empty.
        commits: why its rows may stay where it fails: `line 8 commits`; empty where nothing commits before its end.
    """

    revision_id: str
    down_revision_ids: tuple[str, ...]
    message: str
    path: str
    depends_on_ids: tuple[str, ...] = ()
    phase: str = ""
    commits: str = ""


def commits_inside(revisions: Iterable[Revision]) -> str:
    """Why rows may stay where one of these fails, in one sentence; empty where nothing commits before its end."""
    return "; ".join(f"revision {r.revision_id}: {r.commits}" for r in revisions if r.commits)


@dataclass(frozen=True)
class IgnoreComment:
    """`# surefoot: ignore drop_column -- reason` in a migration's file."""

    line: int
    rule: str
    reason: str


@dataclass(frozen=True)
class RevisionNote:
    """What a revision's file says beside its SQL.

    Attributes:
        has_downgrade: whether its downgrade does anything; None where that could not be read.
    """

    revision_id: str
    path: str
    has_downgrade: bool | None
    ignores: tuple[IgnoreComment, ...] = ()


@dataclass(frozen=True)
class VersionTable:
    """Where a project's env.py keeps the database's revision.

    Attributes:
        table_name: `version_table`, Alembic's own default where env.py names none; empty where it is not known.
        schema_name: `version_table_schema`, or the first schema of the search path that env.py sets; None: the role's.
        problem: why it is not known; empty where it is.
    """

    table_name: str = "alembic_version"
    schema_name: str | None = None
    problem: str = ""

    @property
    def named(self) -> str:
        """`schema.table`, for a sentence."""
        return f"{self.schema_name}.{self.table_name}" if self.schema_name else self.table_name


@dataclass(frozen=True)
class RevisionGraph:
    """All revisions that an image ships, and its heads.

    Attributes:
        version_table: where its env.py keeps the revision; None: an older version of this tool read the graph.
    """

    revisions: tuple[Revision, ...]
    head_ids: tuple[str, ...]
    version_table: VersionTable | None = None

    def knows(self, revision_id: str) -> bool:
        """Whether the image ships this revision."""
        return any(revision.revision_id == revision_id for revision in self.revisions)

    def ancestors(self, revision_ids: tuple[str, ...]) -> frozenset[str]:
        """These revisions and everything below them (down revisions and dependencies)."""
        below = {r.revision_id: r.down_revision_ids + r.depends_on_ids for r in self.revisions}
        seen: set[str] = set()
        todo = list(revision_ids)
        while todo:
            revision_id = todo.pop()
            if revision_id not in seen:
                seen.add(revision_id)
                todo.extend(below.get(revision_id, ()))
        return frozenset(seen)

    def pending(self, database_revision_ids: tuple[str, ...]) -> tuple[Revision, ...]:
        """The revisions between the database and the heads, oldest first."""
        applied = self.ancestors(database_revision_ids)
        wanted = self.ancestors(self.head_ids) - applied
        waiting = [r for r in self.revisions if r.revision_id in wanted]
        ordered: list[Revision] = []
        done = set(applied)
        while waiting:
            ready = [r for r in waiting if set(r.down_revision_ids + r.depends_on_ids) <= done]
            if not ready:
                raise ValueError(f"revisions form a cycle or miss a parent: {sorted(r.revision_id for r in waiting)}")
            ordered.extend(ready)
            done.update(r.revision_id for r in ready)
            waiting = [r for r in waiting if r.revision_id not in done]
        return tuple(ordered)


def only_adds(
    ahead_ids: Sequence[str], older: RevisionGraph, known_graphs: Sequence[RevisionGraph],
    kinds: Mapping[str, RevisionKind],
) -> bool:
    """Whether everything between the older image and these revisions only adds.

    Args:
        known_graphs: the path is read from one that knows the revisions.
        kinds: what earlier plans judged; what is not remembered as EXPAND counts as breaking.
    """
    newer = next((g for g in known_graphs if all(g.knows(r) for r in ahead_ids)), None)
    if newer is None:
        return False
    known = {revision.revision_id for revision in older.revisions}
    between = newer.ancestors(tuple(ahead_ids)) - known
    return all(kinds.get(r) is RevisionKind.EXPAND for r in between)


class ReleaseState(StrEnum):
    """A release is a rollback target only when it is GOOD."""

    CANDIDATE = "candidate"
    GOOD = "good"
    BAD = "bad"
    PRUNED = "pruned"


@dataclass(frozen=True)
class Leaving:
    """That production went away from a release, back to another.

    Attributes:
        because: `rolled back to release-1`, as an operator would say it.
    """

    at: datetime
    because: str


@dataclass(frozen=True)
class Release:
    """An image that was deployed, or is being deployed, under a number.

    Attributes:
        left: set where production went away from it; None where it was only followed by a newer one.
        configuration: fingerprint of the compose service that it served with last; empty where none is known.
    """

    number: int
    image: Image
    head_ids: tuple[str, ...]
    state: ReleaseState
    deployment_id: str
    created_at: datetime
    left: Leaving | None = None
    configuration: str = ""

    @property
    def name(self) -> str:
        """`release-7`: the tag, the X-Release header and what people say."""
        return release_name(self.number)


def release_name(number: int) -> str:
    """The name of release `number`, also its image tag."""
    return f"release-{number}"
