"""One copy of a backup elsewhere, with a record that is true at every instant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from deploy.model.backups import Copy
from deploy.model.doors import Backups, Copies
from deploy.model.errors import DeployError, InterruptedByOperator, LockedError, UsageError

# What is there is not this backup; or it was not there whole, and the file here cannot be sent either: a file is read
# here after the target was found without a whole copy, never before.
NO_COPY = {"copy-damaged", "copy-not-sent"}


def copy_to(
    backups: Backups, copies: Copies, name: str, target: str, *, say: Callable[[str], None],
    is_stop_requested: Callable[[], bool], is_whole: bool = False,
) -> None:
    """One copy, with a record that is true at every instant. Raises what `Copies.push` and `Backups.record` raise.

    Args:
        is_whole: read all of it back, also what was there.
    """
    _note(backups, name, target, "the copy has begun and has not ended")
    try:
        copy = copies.push(name, target, is_whole=is_whole, say=say, is_stop_requested=is_stop_requested)
    except (LockedError, InterruptedByOperator):
        raise  # another process records it; or it ends here, as was noted
    except UsageError:
        _note(backups, name, target, "")
        raise
    except DeployError as error:
        why = error.what.removeprefix(f"{name}: ").removeprefix(target).lstrip(": ")
        _note(backups, name, target, why, is_gone=error.reference in NO_COPY)
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
