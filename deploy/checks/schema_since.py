"""What differs in the schema since a deployment's migration began: by the catalog, not by the version table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from deploy.model.errors import DeployError
from deploy.model.has_doors import HasDatabase, HasLedger
from deploy.model.schema_objects import SchemaDifference, differences

MOST_NAMED = 12


class Doors(HasDatabase, HasLedger, Protocol):
    """What it touches."""


@dataclass(frozen=True)
class SchemaSince:
    """The answer.

    Attributes:
        has_baseline: whether this deployment kept the schema as it was before: it began a migration or a downgrade.
        found: what differs, whoever changed it.
        unknown: why that is not known; empty where it is.
    """

    has_baseline: bool
    found: tuple[SchemaDifference, ...] = ()
    unknown: str = ""

    @property
    def differs(self) -> tuple[str, ...]:
        """Lines for the operator; empty where nothing of the schema differs, or the deployment never touched it."""
        if self.unknown:
            return (f"whether the schema differs is not known: {self.unknown}",)
        lines = tuple(difference.says for difference in self.found[:MOST_NAMED])
        more = len(self.found) - len(lines)
        return (*lines, *((f"and {more} more objects of the schema",) if more else ()))


def schema_since(world: Doors, deployment_id: str) -> SchemaSince:
    """Compare the catalog of now with the one before this deployment's migration began. Never raises.

    Works for a later process too (`status`, `abort`, `resume`): the catalog of before lies in the ledger.
    """
    try:
        before = world.ledger.kept_schema(deployment_id)
    except DeployError as error:
        return SchemaSince(True, unknown=error.what)
    if before is None:
        return SchemaSince(False)
    try:
        after = world.database.look_at_schema()
    except DeployError as error:
        return SchemaSince(True, unknown=error.what)
    return SchemaSince(True, differences(before, after))


def keep_schema_of_before(world: Doors, deployment_id: str) -> None:
    """Before the first change; a second call of the same deployment keeps the first look.

    Raises:
        DeployError: the database or the ledger does not answer; nothing was changed.
    """
    if world.ledger.kept_schema(deployment_id) is None:
        world.ledger.keep_schema(deployment_id, world.database.look_at_schema())
