"""Copy the backup off the machine. A copy that fails is said and recorded, and fails nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from deploy.model.backup_copies import missing_targets
from deploy.model.backups import Backup, Copy
from deploy.model.deployments import PlannedStep
from deploy.model.doors import Backups, Copies
from deploy.model.errors import DeployError, InterruptedByOperator, LockedError, UsageError
from deploy.model.steps import StepContext, UndoOutcome


class CopyBackup:
    """Sends this deployment's backup to every target.

    Params:
        targets: URLs, without secrets.
    """

    def __init__(self, planned: PlannedStep) -> None:
        self.planned = planned
        self.targets: list[str] = planned.params["targets"]

    def is_done(self, context: StepContext) -> bool:
        """Whether every target has its copy, by the backup's own record."""
        backup = _own_backup(context)
        return backup is not None and not missing_targets(backup, self.targets)

    def run(self, context: StepContext) -> str:
        """Send it to one target after the other."""
        backup = _own_backup(context)
        if backup is None:
            return "there is no backup of this deployment to copy"
        found = [_problem(context, backup, target) for target in missing_targets(backup, self.targets)]
        if problems := [problem for problem in found if problem]:
            return f"local only: {'; '.join(problems)}"
        return f"copied to {', '.join(self.targets)}, and checked there"

    def undo(self, context: StepContext) -> UndoOutcome:  # noqa: ARG002 - the contract of a step
        """Keep the copies: they change nothing."""
        return UndoOutcome(True, "copies are kept")


def _own_backup(context: StepContext) -> Backup | None:
    backups = context.world.backups.all()
    return next((b for b in backups if b.manifest.occasion.deployment_id == context.deployment_id), None)


def _problem(context: StepContext, backup: Backup, target: str) -> str:
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


def copy_to(
    backups: Backups, copies: Copies, name: str, target: str, *, say: Callable[[str], None],
    is_stop_requested: Callable[[], bool], is_whole: bool = False,
) -> None:
    """One copy, with a record that is true at every instant. Raises what `Copies.push` and `Backups.record` raise.

    Args:
        is_whole: read all of it back, also what was there.
    """
    _note(backups, name, target, "the copy was begun and has not ended")
    try:
        copy = copies.push(name, target, is_whole=is_whole, say=say, is_stop_requested=is_stop_requested)
    except (LockedError, InterruptedByOperator):
        raise  # another process records it; or it ends here, as was noted
    except UsageError:
        _note(backups, name, target, "")
        raise
    except DeployError as error:
        why = error.what.removeprefix(f"{name}: ").removeprefix(target).lstrip(": ")
        _note(backups, name, target, why, is_gone=error.reference == "copy-damaged")
        raise
    _note(backups, name, target, "", copy)


def _note(
    backups: Backups, name: str, target: str, problem: str, copy: Copy | None = None, *, is_gone: bool = False
) -> None:
    """Record one target's problem, or its end; read anew, for others record as well."""
    record = backups.get(name).record
    problems = {known: why for known, why in record.copy_problems.items() if known != target}
    if problem:
        problems[target] = problem
    copies = record.copies
    if copy is not None or is_gone:
        copies = tuple(other for other in copies if other.target != target)
    if copy is not None:
        copies += (copy,)
    backups.record(name, replace(record, copies=copies, copy_problems=problems))
