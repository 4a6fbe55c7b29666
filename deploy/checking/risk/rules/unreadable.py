"""A statement that PostgreSQL's grammar cannot read (high).

It may be wrong, or newer than the grammar that is built in here. What it does is not known, so it counts as high.

Who waits: not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.statements import UNREADABLE, Statement
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Never fine because it could not be read."""
    if statement.kind == UNREADABLE:
        says = "PostgreSQL's grammar cannot read this statement: counts as high"
        if statement.full_text.lstrip().startswith("\\"):
            says = "a command of psql, which a check does not run: what it does is not known, and counts as high"
        yield Danger(RiskLevel.HIGH, says, breaks_older_code=True, is_unknown=True)


RULE = Rule("unreadable", check)
