"""DROP ROLE or DROP USER (very high).

Roles belong to the whole server, not to this database's schema: the running release, a backup job or another database
may log in as it. It fails where the role still owns something.

Who waits: no session; a login as this role is refused from then on.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import objects
from deploy.checking.statements import Statement
from deploy.checking.statements.objects import DropRole
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Roles are no part of a schema."""
    dropped = statement.view
    if isinstance(dropped, DropRole):
        roles = list(dropped.roles)
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"drops the role {', '.join(roles)} of the whole server: a login as this role is refused",
            breaks_older_code=True,
            safe_form=objects.shut_out(roles),
        )


RULE = Rule("drop_role", check)
