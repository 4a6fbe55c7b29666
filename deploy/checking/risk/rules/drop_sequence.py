"""DROP SEQUENCE (very high).

The number it stood at is lost. With CASCADE the columns that take their numbers from it lose their default, so INSERT
that leaves them out fails.

Who waits: with CASCADE every reader and writer of those tables for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.drop_of import drop_of
from deploy.checking.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The number it stood at goes."""
    yield from drop_of(
        statement, circumstances, {"OBJECT_SEQUENCE"}, "defaults of columns that use it", loses="the number it stood at"
    )


RULE = Rule("drop_sequence", check)
