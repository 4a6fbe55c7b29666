"""PostgreSQL refuses a statement on this very schema (very high).

The pending revisions were run on a scratch server that has production's schema, and one of them stopped. In
production the deployment would stop there, half-way where something was committed before.

Who waits: no session; the migration fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.model.risk import RiskLevel


def check(view: RevisionView) -> Iterator[Told]:
    """Told at the statement that was refused; what stands behind it was only read."""
    if view.revision.is_failure:
        failed = [item for item in view.own if item.measured and item.measured.error]
        last = failed[-1] if failed else None
        yield Danger(
            RiskLevel.VERY_HIGH, view.revision.problem, is_unknown=True, is_failure=True, breaks_older_code=True
        ), last


RULE = RunRule("migration_fails", check)
