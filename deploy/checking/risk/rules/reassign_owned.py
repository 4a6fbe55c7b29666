"""REASSIGN OWNED BY (high).

Every object of the role changes hands, in one statement that does not name them. Code that runs as the old owner may
lose its rights.

Who waits: every reader and writer of all tables that the role owns, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import objects
from deploy.checking.statements import Statement
from deploy.checking.statements.objects import ReassignOwned
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Nothing in the statement says what changes hands."""
    given = statement.view
    if isinstance(given, ReassignOwned):
        new, old = given.new_role, ", ".join(given.roles)
        yield Danger(
            RiskLevel.HIGH,
            f"gives everything that {old} owns to {new}: code that runs as the old owner may lose its rights",
            breaks_older_code=True,
            safe_form=objects.give_by_name(new),
        )


RULE = Rule("reassign_owned", check)
