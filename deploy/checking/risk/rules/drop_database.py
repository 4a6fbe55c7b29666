"""DROP DATABASE (very high).

All tables go at once. It cannot run inside a transaction, so nothing undoes it, and no migration has a reason to do
it.

Who waits: all sessions.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms.code import comment
from deploy.checking.statements import Statement
from deploy.checking.statements.objects import DropDatabase
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """No migration has a reason to do this."""
    dropped = statement.view
    if isinstance(dropped, DropDatabase):
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"drops the database {dropped.name} with all that is in it",
            breaks_older_code=True,
            loses=f"the database {dropped.name}",
            safe_form=comment(f"by hand, after a backup: dropdb {dropped.name}"),
        )


RULE = Rule("drop_database", check)
