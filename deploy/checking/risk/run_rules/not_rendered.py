"""A revision that could not be read or run (high).

Its migration reads rows or asks for a connection, so that no SQL could be written for it, or it was not reached on
the scratch server. A revision is never fine because nobody could look at it.

Who waits: not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.model.risk import RiskLevel


def check(view: RevisionView) -> Iterator[Told]:
    """Said with the reason."""
    if view.revision.problem and not view.revision.is_failure:
        yield Danger(RiskLevel.HIGH, view.revision.problem, breaks_older_code=True, is_unknown=True), None


RULE = RunRule("not_rendered", check)
