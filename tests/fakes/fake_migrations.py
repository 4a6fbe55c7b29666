"""Revisions of images, as the test says."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.model.errors import BlockedError
from deploy.model.releases import Revision, RevisionGraph
from deploy.model.risk import RevisionSql


def linear_graph(*revision_ids: str) -> RevisionGraph:
    """A graph in which each revision follows the one before."""
    parents = ((), *((revision_id,) for revision_id in revision_ids))
    revisions = tuple(
        Revision(revision_id, down, f"revision {revision_id}", f"/srv/migrations/versions/{revision_id}.py")
        for revision_id, down in zip(revision_ids, parents, strict=False)
    )
    return RevisionGraph(revisions, revision_ids[-1:])


class FakeMigrations:
    """doors.Migrations. `sql` is by revision id; one that is missing cannot be rendered."""

    def __init__(self, graphs: dict[str, RevisionGraph] | None = None, sql: dict[str, str] | None = None) -> None:
        self.graphs = graphs or {}
        self.sql = sql or {}

    def graph(self, image_id: str) -> RevisionGraph:
        if image_id not in self.graphs:
            raise BlockedError(
                f"the image {image_id[7:19]} has no readable Alembic project", hint="look",
                reference="image-has-no-alembic-project",
            )
        return self.graphs[image_id]

    def render_sql(
        self, image_id: str, database_revision_ids: Sequence[str], pending_ids: Sequence[str]
    ) -> tuple[RevisionSql, ...]:
        graph = self.graph(image_id)
        messages = {revision.revision_id: revision.message for revision in graph.revisions}
        return tuple(
            RevisionSql(i, messages.get(i, ""), self.sql.get(i), "" if i in self.sql else "cannot be rendered")
            for i in pending_ids
        )

    def render_downgrade(self, image_id: str, revision_ids: Sequence[str]) -> tuple[RevisionSql, ...]:
        return self.render_sql(image_id, (), revision_ids)
