"""What unfinished schema changes left in the database, and what a deployment that failed changed."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.model.schema_objects import SchemaDifference, SchemaObject


@dataclass(frozen=True)
class Leftovers:
    """One look, or what remains after a removal.

    Attributes:
        unfinished: invalid indexes, and partitions that wait for their detachment.
        being_built: names of indexes that are invalid because somebody builds them just now.
        removed: names of what this call removed or finished.
        deployment_id: the last deployment that touched the schema and did not end well; empty where there is none.
        since: what differs from before that deployment, whoever changed it.
        moved: `the database is at 0007, was at 0006`, where it is: what its revisions made belongs there; else empty.
        unknown: why that is not known; empty where it is.
    """

    unfinished: tuple[SchemaObject, ...]
    being_built: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    deployment_id: str = ""
    since: tuple[SchemaDifference, ...] = ()
    unknown: str = ""
    moved: str = ""

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left."""
        return not (self.unfinished or self.since or self.unknown)
