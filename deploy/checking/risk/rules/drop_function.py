"""DROP FUNCTION, PROCEDURE or AGGREGATE (high; with CASCADE very high).

Running code may call it. With CASCADE triggers, defaults, generated columns, indexes and views that use it go too.

Who waits: with CASCADE every reader and writer of those tables for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.drop_of import drop_of
from deploy.checking.statements import Statement

KINDS = {"OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE"}


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """CASCADE drops what calls it."""
    yield from drop_of(statement, circumstances, KINDS, "triggers, defaults and columns that call it")


RULE = Rule("drop_function", check)
