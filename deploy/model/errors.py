"""Errors that carry what an operator needs: what happened, the next command, and whether production changed.

Grammar of `what` and `hint`: lower case, no full stop. `reference` is kebab-case: the anchor of
the documentation and a field of the JSON output.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from deploy.model.check import CheckReport

EXIT_DONE = 0
EXIT_FAILED_AND_UNDONE = 1
EXIT_USAGE = 2
EXIT_BLOCKED = 3
EXIT_NOT_UNDONE = 4
EXIT_LOCKED = 5
EXIT_INTERRUPTED = 130

# The `reference` of a connection that a transaction pooler answers; every command refuses it.
POOLED_REFERENCE = "connection-is-pooled"
# The `reference` of a ledger that was deleted or replaced under a running deployment, or does not know what runs.
LEDGER_LOST = "ledger-lost"
RECOVER_COMMAND = "./scripts/deploy.sh recover"
# What may be away for moments (DeployError.away).
ENGINE = "the Docker engine"
DATABASE = "the database"
EDGE = "the edge"

_KEBAB_CASE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class DeployError(Exception):
    """Something went wrong that the operator must know.

    Args:
        what: what happened, naming the thing; lower case, no full stop.
        hint: the next command or action.
        reference: kebab-case anchor of the documentation.
        away: what does not answer now and may in a moment, such as `the Docker engine`; the engine waits for it.
    """

    exit_code: ClassVar[int] = EXIT_FAILED_AND_UNDONE

    def __init__(self, what: str, *, hint: str = "", reference: str, away: str = "") -> None:
        if not _KEBAB_CASE.fullmatch(reference):
            raise ValueError(f"reference is not kebab-case: {reference!r}")
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.reference = reference
        self.away = away
        self.details: dict[str, Any] = {}  # further fields of the JSON document


class UsageError(DeployError):
    """The command line or the settings are wrong; nothing was looked at."""

    exit_code = EXIT_USAGE


class BlockedError(DeployError):
    """Production was looked at and must not be changed now; nothing was changed."""

    exit_code = EXIT_BLOCKED


class RefusedByCheck(BlockedError):  # noqa: N818 - it says what happened
    """The migration check's findings stand against this deployment.

    Args:
        error: which gate refused, and why.
        report: the whole check.
    """

    def __init__(self, error: BlockedError, report: CheckReport) -> None:
        super().__init__(error.what, hint=error.hint, reference=error.reference)
        self.report = report


class HandedOver(DeployError):  # noqa: N818 - it says what happened
    """Another command took this deployment over; this one has nothing left to do, and undoes nothing."""

    exit_code = EXIT_DONE


class CouldNotCheck(DeployError):  # noqa: N818 - it says what happened
    """The migration check has no answer; production was not touched."""

    exit_code = EXIT_FAILED_AND_UNDONE


class LockedError(DeployError):
    """Another deployment, or a migration that was started by hand, is under way."""

    exit_code = EXIT_LOCKED


class NotUndoneError(DeployError):
    """Failed, and something that was changed stays changed: a person is needed."""

    exit_code = EXIT_NOT_UNDONE


class StepFailed(DeployError):  # noqa: N818 - it says what happened, as the journal does
    """A step could not do its work. The engine decides what is undone."""


class GoneForGood(StepFailed):
    """What a step needs is not there and does not come back by itself: trying again cannot help."""


class InterruptedByOperator(DeployError):  # noqa: N818
    """SIGINT or SIGTERM arrived; the step stopped at a safe place."""

    exit_code = EXIT_INTERRUPTED
