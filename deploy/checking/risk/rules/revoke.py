"""REVOKE (high).

No table is locked. From COMMIT on, a role that needs the privilege is refused, and that may be the running release.

Who waits: no session; code without the privilege fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import named_tables
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.objects import Grant
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """The running code may need it."""
    revoked = statement.view
    if isinstance(revoked, Grant) and revoked.is_revoke:
        names = sorted(name for name in named_tables(statement) if name)
        whom = ", ".join(revoked.roles) or "a role"
        told = ", ".join(names) or "an object"
        yield Danger(
            RiskLevel.HIGH,
            f"takes privileges on {told} away from {whom}: code that needs them is refused from COMMIT on",
            breaks_older_code=True,
            table=names[0] if names else "",
            safe_form=tables.later(statement_sql(statement), "the privilege"),
        )


RULE = Rule("revoke", check)
