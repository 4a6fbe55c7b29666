"""What people are told by mail or chat."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NoticeKind(StrEnum):
    """The moments that are worth a message."""

    STARTED = "started"
    NEEDS_APPROVAL = "needs-approval"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"
    WATCH_BREACHED = "watch-breached"
    WATCH_UNDECIDED = "watch-undecided"

    @property
    def is_bad(self) -> bool:
        """Whether somebody should look."""
        return self in {
            NoticeKind.FAILED, NoticeKind.ROLLED_BACK, NoticeKind.WATCH_BREACHED, NoticeKind.WATCH_UNDECIDED
        }


@dataclass(frozen=True)
class Notice:
    """One message.

    Attributes:
        title: `shop production: release-7 rolled back`.
        body: plain lines.
    """

    kind: NoticeKind
    title: str
    body: str
