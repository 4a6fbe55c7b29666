"""An index over more than three columns (advice).

Each INSERT, and most UPDATEs, must keep it up to date, and only queries that filter by its first columns gain from
it. Columns that are merely returned belong into INCLUDE.

Who waits: no session; every write is a little slower.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import indexes
from deploy.checking.statements import Statement
from deploy.checking.statements.views import CreateIndex
from deploy.model.risk import RiskLevel

MOST_COLUMNS = 3


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Style, where it is asked for."""
    index = statement.view
    if isinstance(index, CreateIndex) and len(index.elements) > MOST_COLUMNS and not index.is_unique:
        table = index.table
        yield Danger(
            RiskLevel.ADVICE,
            f"{indexes.index_name(index)} has {len(index.elements)} columns: every write pays "
            "for them",
            table=table,
            safe_form=indexes.shortened(statement, MOST_COLUMNS),
        )


RULE = Rule("wide_index", check)
