"""DROP of an operator, collation, cast, publication and the like (high; with CASCADE very high).

Running code may use it. With CASCADE whatever depends on it goes too, columns among them.

Who waits: with CASCADE every reader and writer of the tables that lose something.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.drop_of import drop_of
from deploy.checking.statements import Statement
from deploy.checking.statements.views import DropObjects

JUDGED_ELSEWHERE = frozenset(
    {
        "OBJECT_TABLE",
        "OBJECT_SCHEMA",
        "OBJECT_INDEX",
        "OBJECT_POLICY",
        "OBJECT_TYPE",
        "OBJECT_DOMAIN",
        "OBJECT_VIEW",
        "OBJECT_MATVIEW",
        "OBJECT_FOREIGN_TABLE",
        "OBJECT_SEQUENCE",
        "OBJECT_FUNCTION",
        "OBJECT_PROCEDURE",
        "OBJECT_ROUTINE",
        "OBJECT_AGGREGATE",
        "OBJECT_EXTENSION",
        "OBJECT_TRIGGER",
        "OBJECT_RULE",
    }
)


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Whatever exists may be used."""
    dropped = statement.view
    if isinstance(dropped, DropObjects) and dropped.kind not in JUDGED_ELSEWHERE:
        yield from drop_of(statement, circumstances, {dropped.kind}, "columns among them")


RULE = Rule("drop_object", check)
