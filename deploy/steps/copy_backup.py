"""Copy the backup off the machine. A copy that fails is said and recorded, and fails nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from deploy.model.backup_copies import missing_targets
from deploy.model.backups import Backup
from deploy.model.errors import DeployError, InterruptedByOperator
from deploy.model.has_doors import HasBackups, HasCopies, HasReporter, HasStop
from deploy.model.planned_step import UndoKind
from deploy.model.steps import Step, StepContext, UndoOutcome
from deploy.routines.copying import copy_to


class Doors(HasBackups, HasCopies, HasReporter, HasStop, Protocol):
    """What it touches."""


@dataclass(frozen=True, kw_only=True)
class CopyBackup(Step):
    """Sends this deployment's backup to every target.

    Attributes:
        targets: URLs, without secrets.
    """

    name: Literal["copy-backup"] = "copy-backup"
    undo_kind: UndoKind = UndoKind.NOTHING_TO_UNDO
    targets: tuple[str, ...]

    def is_done(self, context: StepContext[Doors]) -> bool:
        """Whether every target has its copy, by the backup's own record."""
        backup = _own_backup(context)
        return backup is not None and not missing_targets(backup, self.targets)

    def run(self, context: StepContext[Doors]) -> str:
        """Send it to one target after the other."""
        backup = _own_backup(context)
        if backup is None:
            return "there is no backup of this deployment to copy"
        found = [_problem(context, backup, target) for target in missing_targets(backup, self.targets)]
        if problems := [problem for problem in found if problem]:
            return f"local only: {'; '.join(problems)}"
        return f"copied to {', '.join(self.targets)}, and checked there"

    def undo(self, context: StepContext[Doors]) -> UndoOutcome:  # noqa: ARG002 - the contract of a step
        """Keep the copies: they change nothing."""
        return UndoOutcome(True, "copies are kept")


def _own_backup(context: StepContext[Doors]) -> Backup | None:
    backups = context.world.backups.all()
    return next((b for b in backups if b.manifest.occasion.deployment_id == context.deployment_id), None)


def _problem(context: StepContext[Doors], backup: Backup, target: str) -> str:
    """Why there is no copy at this target now; empty when there is one."""
    world = context.world
    try:
        copy_to(
            world.backups, world.copies, backup.name, target, say=world.reporter.say,
            is_stop_requested=world.stop.is_requested,
        )
    except InterruptedByOperator:
        raise
    except DeployError as error:
        is_unknown = error.reference == "backup-not-written"  # the record: the copy may be there
        world.reporter.warn(f"{target}: {error.what}" if is_unknown else f"local only: {error.what}")
        return f"{target}: {error.what}" if is_unknown else error.what
    return ""
