"""A revision that acts beyond its database: another server, another program (high).

A check lets the project's code reach nothing but the scratch server, so what the other server or the program would do
was not seen, nor what the revision does with its answer. In a deployment it happens for real, while the locks of the
transaction are held, and a ROLLBACK does not take it back.

Who waits: the sessions that the transaction's locks keep out, for as long as the other side takes to answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.model.risk import RiskLevel

SAFE_FORM = """\
# before or after the migration, in a program of its own that may be repeated; the revision itself changes its
# database and nothing else"""


def check(view: RevisionView) -> Iterator[Told]:
    """Each thing that it tried."""
    for what in view.revision.reached:
        yield Danger(RiskLevel.HIGH, what, is_unknown=True, breaks_older_code=True, safe_form=SAFE_FORM), None


RULE = RunRule("reaches_out", check)
