"""A trigger that fails on every row once the revision ran (very high).

A trigger's function that hands on a whole row (`NEW.*`, `SELECT *`) rests on the shape of two tables. When one of them
gets or loses a column, no statement of the migration fails: every write of the application does, from COMMIT on. One
made-up row was put in, changed and taken out on the scratch server, before the revision and after it.

Who waits: no session; every INSERT, UPDATE or DELETE that fires the trigger fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.model.risk import RiskLevel

SAFE_FORM = """\
# in the same revision: CREATE OR REPLACE FUNCTION with the columns written out instead of NEW.*, and the other table
# changed as well"""


def check(view: RevisionView) -> Iterator[Told]:
    """Each table on which a row was tried and failed."""
    for words in view.revision.broken:
        says = f"once it ran, a trigger fails: {words}"
        yield Danger(RiskLevel.VERY_HIGH, says, breaks_older_code=True, safe_form=SAFE_FORM), None


RULE = RunRule("breaks_trigger", check)
