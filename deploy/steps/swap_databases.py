"""Give the restored database the live one's name, and the live one a dated name; both renames in one transaction."""

from __future__ import annotations

from deploy.checks.restoring import find_database, is_swapped
from deploy.model.deployments import PlannedStep
from deploy.model.steps import StepContext, UndoOutcome


class SwapDatabases:
    """The old database stays, and takes no connection, until `restore discard`.

    Params:
        backup_name, has_owner: whose settings, rights and comment the database gets; without owners, no rights.
        database_name, new_name: the live one and the restored one.
        old_name: what the live one is called afterwards; null where there was none.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params

    def is_done(self, context: StepContext) -> bool:
        """Whether the old one bears its dated name."""
        return is_swapped(context.world, self.params)

    def run(self, context: StepContext) -> str:
        """Properties first: they belong to the database, not to its name."""
        world, live = context.world, self.params["database_name"]
        new, old = self.params["new_name"], self.params["old_name"]
        world.restores.apply_properties(new, self.params["backup_name"], has_owner=self.params["has_owner"])
        world.database.release_deployment_lock()
        renames = ((live, old), (new, live)) if old else ((new, live),)
        world.restores.rename_databases(renames, live)
        world.database.take_deployment_lock()
        return f"{live} is the restored database" + (f"; the old one is kept as {old}" if old else "")

    def undo(self, context: StepContext) -> UndoOutcome:
        """Swap back; the old database is open from that moment on."""
        world, live = context.world, self.params["database_name"]
        new, old = self.params["new_name"], self.params["old_name"]
        if not is_swapped(world, self.params):
            return UndoOutcome(True, "the databases were not swapped")
        world.database.release_deployment_lock()
        if old:
            world.restores.rename_databases(((live, new), (old, live)), live)
            return UndoOutcome(True, f"{live} is the database that it was")
        if find_database(world, live) is not None:
            world.restores.rename_databases(((live, new),), "")
        return UndoOutcome(True, f"there is no database {live}, as before")
