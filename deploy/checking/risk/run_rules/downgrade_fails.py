"""A downgrade that does not run (medium).

It was tried on the scratch server, after the upgrade, with a made-up row in each empty table that the revision
touches, and PostgreSQL refused it. On the day when it is needed it stops there, and only a restore goes back.

Who waits: no session; going back takes a restore.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.model.risk import RiskLevel


def check(view: RevisionView) -> Iterator[Told]:
    """Low where only a made-up row stopped it: rows of production may fit."""
    trial = view.revision.downgrade
    if trial and trial.error and trial.is_of_rows:
        says = f"its downgrade ran on empty tables, and stopped at a made-up row: {trial.error}"
        yield Danger(RiskLevel.LOW, says), None
    elif trial and trial.error:
        yield Danger(RiskLevel.MEDIUM, f"its downgrade fails: {trial.error}"), None


RULE = RunRule("downgrade_fails", check)
