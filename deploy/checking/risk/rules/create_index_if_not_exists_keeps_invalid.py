"""CREATE INDEX CONCURRENTLY IF NOT EXISTS (low).

A build that was cut off, by a timeout, a duplicate or a lost connection, leaves an invalid index under the name. IF
NOT EXISTS then finds it, does nothing, and reports success: writers pay for an index that no query uses. Drop it
first.

Who waits: no session; the index is simply not there.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import indexes
from deploy.checking.statements import Statement
from deploy.checking.statements.views import CreateIndex, DropObjects
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Unless the same revision drops the left-over first."""
    index = statement.view
    if not isinstance(index, CreateIndex) or not (index.is_concurrent and index.is_if_not_exists):
        return
    table = index.table
    if circumstances.is_new(table) or index.name in _dropped_before(circumstances):
        return
    yield Danger(
        RiskLevel.LOW,
        f"if an earlier try left an invalid {index.name}, IF NOT EXISTS keeps it and reports success",
        table=table,
        safe_form=indexes.create_concurrently(statement, index),
    )


def _dropped_before(circumstances: Circumstances) -> set[str]:
    views = [earlier.view for earlier in circumstances.earlier]
    return {name.rpartition(".")[2] for view in views if isinstance(view, DropObjects) for name in view.names}


RULE = Rule("create_index_if_not_exists_keeps_invalid", check)
