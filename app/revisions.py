"""Which schema revisions can this image serve? A pure decision.

While a deployment migrates, the old containers still serve, on a revision they have never heard of.
Whether they still can is known only to whoever wrote that revision, so the schema says it itself: the
one row of ``schema_window`` names the oldest image head that may serve it. An additive revision leaves
it alone; a contract revision moves it forward, in the transaction that breaks older code.
"""

from collections.abc import Sequence
from dataclasses import dataclass

OLDEST_SERVED_REVISION = "0005"
"""The oldest schema that this code works on: it reads ``orders.side`` and never names ``side_code``."""


@dataclass(frozen=True)
class Verdict:
    """May this image serve, and if not, why."""

    may_serve: bool
    reason: str | None = None


def judge_revision(
    *,
    shipped: Sequence[str],
    oldest_served: str,
    database_revisions: Sequence[str],
    oldest_image_revision: str | None,
) -> Verdict:
    """Decide whether an image may serve a database.

    Args:
        shipped: the revisions in this image, oldest first.
        oldest_served: the oldest of them that this code works on.
        database_revisions: the rows of ``alembic_version``.
        oldest_image_revision: the row of ``schema_window``, None where there is none.
    """
    if len(database_revisions) != 1:
        found = ", ".join(sorted(database_revisions)) or "none"
        return Verdict(may_serve=False, reason=f"expected one database revision, found {found}")
    (revision,) = database_revisions
    if revision in shipped:
        if shipped.index(revision) >= shipped.index(oldest_served):
            return Verdict(may_serve=True)
        return Verdict(may_serve=False, reason=f"database revision {revision} is older than {oldest_served}")
    if oldest_image_revision is None:
        return Verdict(may_serve=False, reason=f"database revision {revision} is unknown, and schema_window is empty")
    if oldest_image_revision in shipped:
        return Verdict(may_serve=True)
    return Verdict(
        may_serve=False,
        reason=f"database revision {revision} needs an image with revision {oldest_image_revision} or newer",
    )
