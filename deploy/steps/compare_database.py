"""Compare a restored database with the backup's manifest: tables, rows, content, sequences, indexes, constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.restoring import difference, find_database, is_journalled_done, is_swapped
from deploy.model.errors import StepFailed
from deploy.model.has_doors import HasBackups, HasLedger, HasReporter, HasRestores
from deploy.model.planned_step import UndoKind
from deploy.model.restores import COMPARED_MARK
from deploy.model.steps import Step, StepContext, UndoOutcome

MOST_TOLD = 5


class Doors(HasBackups, HasLedger, HasReporter, HasRestores, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class CompareDatabase(Step):
    """Nothing takes the live database's place that is not what was backed up.

    Attributes:
        backup_name: whose manifest.
        new_name: the database to look at; None: the live one, restored in place.
        database_name, old_name: see is_swapped.
    """

    name: Literal["compare-database"] = "compare-database"
    undo_kind: UndoKind = UndoKind.NOTHING_TO_UNDO
    backup_name: str
    new_name: str | None
    database_name: str
    old_name: str | None

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether it was compared before; once it serves, it is no longer equal."""
        if is_journalled_done(context.world, context.deployment_id, self.name):
            return True
        if self.new_name is None:
            return False
        new = find_database(context.world, self.new_name)
        is_compared = new is not None and new.mark == COMPARED_MARK
        return is_compared or is_swapped(context.world, self.database_name, self.old_name)

    def run(self, context: StepContext[Doors]) -> str:
        """Count, hash, compare."""
        world, new_name = context.world, self.new_name
        content = world.backups.get(self.backup_name).manifest.content
        name = new_name or self.database_name
        problems = difference(world, self.backup_name, name, has_newer=new_name is None)
        if problems:
            for problem in problems:
                world.reporter.warn(problem)
            raise StepFailed(
                f"what was restored is not what was backed up: {'; '.join(problems[:MOST_TOLD])}",
                hint="use another backup: ./scripts/deploy.sh backup list", reference="restore-differs",
            )
        if new_name is not None:
            world.restores.mark_database(new_name, COMPARED_MARK)
        rows = sum(table.rows for table in content.tables)
        return f"{len(content.tables)} tables, {rows:,} rows: all equal to the manifest"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:  # noqa: ARG002
        """Nothing was changed."""
        return UndoOutcome(True, "nothing to undo")
