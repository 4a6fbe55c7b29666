"""PostgreSQL refuses a statement on this very schema: the deployment would stop half-way, or undo itself."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.danger import Danger
from deploy.risk.run_rules.view import RevisionView, RunRule, Told


def check(view: RevisionView) -> Iterator[Told]:
    """The last statement that ran is the one that failed."""
    if view.revision.is_failure:
        last = view.own[-1] if view.own and view.own[-1].effects.error else None
        yield Danger(RiskLevel.VERY_HIGH, view.revision.problem, is_unknown=True, breaks_older_code=True), last


RULE = RunRule("migration_fails", check)
