"""DROP EXTENSION (high; with CASCADE very high).

Its types and functions go. With CASCADE every column of such a type goes with its values, and every index and default
that uses it.

Who waits: with CASCADE every reader and writer of those tables, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.drop_of import drop_of
from deploy.checking.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """CASCADE drops columns of its types."""
    yield from drop_of(statement, circumstances, {"OBJECT_EXTENSION"}, "columns of its types, and indexes that use it")


RULE = Rule("drop_extension", check)
