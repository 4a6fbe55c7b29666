"""An index over more than three columns (advice).

Each INSERT, and most UPDATEs, must keep it up to date, and only queries that filter by its first columns gain from
it. Columns that are merely returned belong into INCLUDE.

Who waits: nobody; every write is a little slower.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import indexes
from deploy.checking.statements import Statement, relation_name
from deploy.model.risk import RiskLevel

MOST_COLUMNS = 3


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Style, where it is asked for."""
    if statement.kind == "index_stmt" and len(statement.node.index_params) > MOST_COLUMNS and not statement.node.unique:
        table = relation_name(statement.node.relation)
        yield Danger(
            RiskLevel.ADVICE,
            f"{indexes.index_name(statement.node)} has {len(statement.node.index_params)} columns: every write pays "
            "for them",
            table=table,
            safe_form=indexes.shortened(statement, MOST_COLUMNS),
        )


RULE = Rule("wide_index", check)
