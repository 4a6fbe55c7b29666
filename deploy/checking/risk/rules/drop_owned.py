"""DROP OWNED BY (very high).

Every object of the role in this database goes, tables with their rows among them, and its privileges too. Nothing in
the statement says what that is.

Who waits: every reader and writer of all tables that the role owns.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import objects
from deploy.checking.statements import Statement
from deploy.checking.statements.objects import DropOwned
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Nothing in the statement says what goes with it."""
    dropped = statement.view
    if isinstance(dropped, DropOwned):
        roles = list(dropped.roles)
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"drops everything that {', '.join(roles)} owns in this database, including tables with their rows",
            breaks_older_code=True,
            loses=f"every table that {', '.join(roles)} owns",
            safe_form=objects.keep_owned(roles),
        )


RULE = Rule("drop_owned", check)
