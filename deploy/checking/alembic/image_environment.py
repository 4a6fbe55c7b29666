"""Alembic, asked inside the image that ships the revisions. The database is not touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.checking.alembic.project import AlembicProject, RunPython
from deploy.model.containers import ProbeOutcome, ServiceGround
from deploy.model.doors import Containers
from deploy.model.releases import IgnoreComment, Revision, RevisionGraph, RevisionNote, VersionTable
from deploy.model.risk import RevisionSql


class AlembicInImage:
    """Answers by a short-lived container without network.

    Args:
        entry: the project's own command that upgrades.
        ground: what the compose service that migrates gives its container; asked when it is needed.
    """

    def __init__(
        self, containers: Containers, ini_path: str, environment_name: str,
        ground: Callable[[], ServiceGround] = ServiceGround, entry: Sequence[str] = (),
    ) -> None:
        self._entry = tuple(entry)
        self._containers = containers
        self._ground = ground
        self._ini_path = ini_path
        self._environment = {"ENVIRONMENT": environment_name, "PYTHONDONTWRITEBYTECODE": "1"}

    def graph(self, image_id: str) -> RevisionGraph:
        """All revisions and heads."""
        return read_graph(self.project(image_id).ask("graph"))

    def render_sql(
        self, image_id: str, database_revision_ids: Sequence[str], pending_ids: Sequence[str]  # noqa: ARG002
    ) -> tuple[RevisionSql, ...]:
        """Offline SQL, one revision at a time, in one container."""
        return read_rendered(self.project(image_id).ask("sql", *pending_ids))

    def render_downgrade(self, image_id: str, revision_ids: Sequence[str]) -> tuple[RevisionSql, ...]:
        """The same the other way."""
        return read_rendered(self.project(image_id).ask("downgrade", *revision_ids))

    def project(self, image_id: str, x_arguments: Sequence[str] = ()) -> AlembicProject:
        """The Alembic project inside an image."""
        return AlembicProject(
            python_of_image(self._containers, image_id, self._ground()), self._ini_path, self._environment,
            tuple(x_arguments), place=f"the image {image_id[7:19]}", entry=self._entry,
        )


def python_of_image(containers: Containers, image_id: str, ground: ServiceGround) -> RunPython:
    """The image's Python, in a container without network, with what the compose service gives it."""

    def run(
        argv: Sequence[str], environment: Mapping[str, str], mounts: Mapping[Path, Path], timeout_seconds: float
    ) -> ProbeOutcome:
        return containers.run_probe(
            image_id, ["python", *argv], environment=environment, mounts=mounts, timeout_seconds=timeout_seconds,
            ground=ground,
        )

    return run


def read_graph(raw: Mapping[str, Any]) -> RevisionGraph:
    """probe.py's `graph`."""
    revisions = tuple(
        Revision(
            revision_id=item["revision"], down_revision_ids=tuple(item["down"]), message=item["message"],
            path=item["path"], depends_on_ids=tuple(item["depends_on"]),
            phase=item["phase"], commits=item["commits"],
        )
        for item in raw["revisions"]
    )
    return RevisionGraph(revisions, tuple(raw["heads"]), VersionTable(*raw["version_table"]))


def read_notes(raw: Mapping[str, Any]) -> tuple[RevisionNote, ...]:
    """What probe.py's `graph` tells of each revision's file."""
    return tuple(
        RevisionNote(
            item["revision"], item["path"], item["has_downgrade"],
            tuple(IgnoreComment(line, rule, reason) for line, rule, reason in item["ignores"]),
        )
        for item in raw["revisions"]
    )


def read_rendered(raw: Sequence[Mapping[str, Any]]) -> tuple[RevisionSql, ...]:
    """probe.py's `sql`."""
    return tuple(
        RevisionSql(
            revision_id=item["revision"], message=item["message"], sql=item["sql"], problem=item["problem"],
            path=item["path"], has_downgrade=item["has_downgrade"],
            pieces=tuple((line, text) for line, text in item["pieces"]),
        )
        for item in raw
    )
