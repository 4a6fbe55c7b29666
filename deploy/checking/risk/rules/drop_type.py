"""DROP TYPE or DROP DOMAIN (high; with CASCADE very high).

Running code may name the type. With CASCADE every column of the type goes, with its values, in tables that are not
named.

Who waits: with CASCADE every reader and writer of those tables, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.drop_of import drop_of
from deploy.checking.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """CASCADE drops columns."""
    yield from drop_of(
        statement, circumstances, {"OBJECT_TYPE", "OBJECT_DOMAIN"}, "columns of the type with their values"
    )


RULE = Rule("drop_type", check)
