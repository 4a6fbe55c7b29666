"""A revision without a downgrade (low; medium where it changes what was there before).

Once it ran, `alembic downgrade` cannot undo it: only a restore can, and that loses what was written since.

Who waits: no session; going back takes a restore.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.model.risk import RiskLevel


def check(view: RevisionView) -> Iterator[Told]:
    """Low; medium where the revision changes what was there before."""
    if view.revision.has_downgrade is False and view.own:
        level = RiskLevel.MEDIUM if any(item.is_block or item.rows_touched for item in view.own) else RiskLevel.LOW
        yield Danger(level, "has no downgrade: once it ran, only a restore takes the schema back"), None


RULE = RunRule("no_downgrade", check)
