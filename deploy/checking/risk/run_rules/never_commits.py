"""The migration ran, and nothing of it was there afterwards (very high).

A statement on the connection before `context.configure()` begins a transaction of its own (SQLAlchemy 2). Alembic then
leaves the COMMIT to whoever began it: env.py ends without one, everything is rolled back, and `alembic upgrade` ends
with exit code 0.

Who waits: no session; the application runs on a schema that was not migrated.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.model.risk import RiskLevel

SAYS = (
    "it ran without an error, and nothing of it was there when the run had ended: env.py never commits (is there a "
    "statement on its connection before context.configure()?)"
)
SAFE_FORM = """\
# in env.py, behind the statement that comes before context.configure()
connection.commit()"""


def check(view: RevisionView) -> Iterator[Told]:
    """Told of the revision that ran last."""
    if view.revision.is_rolled_back:
        yield Danger(RiskLevel.VERY_HIGH, SAYS, is_failure=True, breaks_older_code=True, safe_form=SAFE_FORM), None


RULE = RunRule("never_commits", check)
