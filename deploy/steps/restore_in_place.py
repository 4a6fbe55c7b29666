"""Restore over the live database, in one transaction: for servers where databases cannot be made or renamed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.checks.restoring import difference, is_journalled_done
from deploy.model.has_doors import HasBackups, HasDatabase, HasLedger, HasReporter, HasRestores, HasStop
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome


class Doors(HasLedger, HasBackups, HasDatabase, HasReporter, HasRestores, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class RestoreInPlace(Step):
    """All of it or nothing; objects newer than the backup survive. What it replaces is in the safety backup."""

    name: Literal["restore-in-place"] = "restore-in-place"
    undo_kind: UndoKind = UndoKind.POINT_OF_NO_RETURN
    backup_name: str
    database_name: str
    has_owner: bool

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether the journal says so, or the database has exactly the backup's content: never a second time."""
        return is_journalled_done(context.world, context.deployment_id, self.name) or self._is_equal(context)

    def run(self, context: StepContext[Doors]) -> str:
        """End who is in, then one transaction."""
        world = context.world
        world.database.release_deployment_lock()  # it would be ended with the others
        world.restores.end_sessions(self.database_name)
        world.database.take_deployment_lock()
        seconds = world.restores.fill_in_place(
            self.backup_name, has_owner=self.has_owner, say=world.reporter.say,
            is_stop_requested=world.stop.is_requested,
        )
        return f"restored over {self.database_name} in {seconds:.1f} s"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:
        """Nothing, where it is equal to the safety backup of just before; else that backup is the way back.

        Not being equal to the backup that was restored proves nothing: what was committed may differ from it.
        """
        safety = next(
            (b.name for b in context.world.backups.all()
             if b.manifest.occasion.deployment_id == context.deployment_id), None,
        )
        next_command = f"./scripts/deploy.sh restore {safety or 'BACKUP'} --in-place"
        if is_journalled_done(context.world, context.deployment_id, self.name) or self._is_equal(context):
            return UndoOutcome(False, f"{self.database_name} holds the backup's content", next_command)
        if safety is None:
            return UndoOutcome(False, f"whether {self.database_name} is as it was is not known", next_command)
        problems = difference(context.world, safety, self.database_name, has_newer=False)
        if not problems:
            return UndoOutcome(
                True, f"{self.database_name} is as it was: the transaction was rolled back, and it is equal to {safety}"
            )
        return UndoOutcome(
            False, f"whether the restore changed {self.database_name} is not known: it differs from {safety}, "
            f"which was made just before: {problems[0]}", next_command,
        )

    def _is_equal(self, context: StepContext[Doors]) -> bool:
        name = self.database_name
        return not difference(context.world, self.backup_name, name, has_newer=True)
