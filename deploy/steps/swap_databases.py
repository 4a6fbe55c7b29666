"""Give the restored database the live one's name, and the live one a dated name; both renames in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.restoring import find_database, is_swapped
from deploy.model.has_doors import HasDatabase, HasRestores
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome


class Doors(HasDatabase, HasRestores, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class SwapDatabases(Step):
    """The old database stays, and takes no connection, until `restore discard`.

    Attributes:
        backup_name, has_owner: whose settings, rights and comment the database gets; without owners, no rights.
        database_name, new_name: the live one and the restored one.
        old_name: what the live one is called afterwards; None where there was none.
    """

    name: Literal["swap-databases"] = "swap-databases"
    undo_kind: UndoKind = UndoKind.REVERTED
    backup_name: str
    has_owner: bool
    database_name: str
    new_name: str
    old_name: str | None

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether the old one bears its dated name."""
        return is_swapped(context.world, self.database_name, self.old_name)

    def run(self, context: StepContext[Doors]) -> str:
        """Properties first: they belong to the database, not to its name."""
        world, live = context.world, self.database_name
        new, old = self.new_name, self.old_name
        world.restores.apply_properties(new, self.backup_name, has_owner=self.has_owner)
        world.database.release_deployment_lock()
        renames = ((live, old), (new, live)) if old else ((new, live),)
        world.restores.rename_databases(renames, live)
        world.database.take_deployment_lock()
        return f"{live} is the restored database" + (f"; the old one is kept as {old}" if old else "")

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """Swap back; the old database is open from that moment on."""
        world, live = context.world, self.database_name
        new, old = self.new_name, self.old_name
        if not is_swapped(world, self.database_name, self.old_name):
            return UndoOutcome(True, "the databases did not exchange their names")
        world.database.release_deployment_lock()
        if old:
            world.restores.rename_databases(((live, new), (old, live)), live)
            return UndoOutcome(True, f"{live} is the old database again")
        if find_database(world, live) is not None:
            world.restores.rename_databases(((live, new),), "")
        return UndoOutcome(True, f"there is no database {live}, as before")
