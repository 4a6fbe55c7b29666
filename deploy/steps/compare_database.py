"""Compare a restored database with the backup's manifest: tables, rows, content, sequences, indexes, constraints."""

from __future__ import annotations

from deploy.checks.restoring import difference, find_database, is_journalled_done, is_swapped
from deploy.model.deployments import PlannedStep
from deploy.model.errors import StepFailed
from deploy.model.restores import COMPARED_MARK
from deploy.model.steps import StepContext, UndoOutcome

MOST_TOLD = 5


class CompareDatabase:
    """Nothing takes the live database's place that is not what was backed up.

    Params:
        backup_name: whose manifest.
        new_name: the database to look at; null: the live one, restored in place.
        database_name, old_name: see is_swapped.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.params = planned.params

    def is_done(self, context: StepContext) -> bool:
        """Whether it was compared before; once it serves, it is no longer equal."""
        if is_journalled_done(context.world, context.deployment_id, self.planned.name):
            return True
        if self.params["new_name"] is None:
            return False
        new = find_database(context.world, self.params["new_name"])
        return is_swapped(context.world, self.params) or (new is not None and new.mark == COMPARED_MARK)

    def run(self, context: StepContext) -> str:
        """Count, hash, compare."""
        world, new_name = context.world, self.params["new_name"]
        content = world.backups.get(self.params["backup_name"]).manifest.content
        name = new_name or self.params["database_name"]
        problems = difference(world, self.params["backup_name"], name, has_newer=new_name is None)
        if problems:
            for problem in problems:
                world.reporter.warn(problem)
            raise StepFailed(
                f"what was restored is not what was backed up: {'; '.join(problems[:MOST_TOLD])}",
                hint="take another backup: ./scripts/deploy.sh backup list", reference="restore-differs",
            )
        if new_name is not None:
            world.restores.mark_database(new_name, COMPARED_MARK)
        rows = sum(table.rows for table in content.tables)
        return f"{len(content.tables)} tables, {rows:,} rows: all equal to the manifest"

    def undo(self, context: StepContext) -> UndoOutcome:  # noqa: ARG002
        """Nothing was changed."""
        return UndoOutcome(True, "nothing to undo")
