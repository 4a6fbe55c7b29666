"""DROP VIEW (high).

Running code may read the view. With CASCADE every view that uses it goes too.

Who waits: every reader of the view for an instant; then code that names it fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.drop_of import drop_of
from deploy.checking.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """No rows are lost, but code may fail."""
    yield from drop_of(statement, circumstances, {"OBJECT_VIEW"}, "every view that uses it")


RULE = Rule("drop_view", check)
