"""REFRESH MATERIALIZED VIEW without CONCURRENTLY (high).

Every reader of the view waits while its query runs and its rows and indexes are rewritten. CONCURRENTLY lets them
read the old rows meanwhile; it takes longer, and needs a unique index over plain columns.

Who waits: every reader of the view, for as long as its query takes.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement
from deploy.checking.statements.table_work import RefreshMaterializedView
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Readers wait for the whole query."""
    refreshed = statement.view
    if not isinstance(refreshed, RefreshMaterializedView) or refreshed.is_concurrent:
        return
    name = refreshed.name
    if circumstances.is_new(name):
        return
    found = known.relation(circumstances, name)
    has_key = any(index.is_unique and not index.has_predicate for index in getattr(found, "indexes", []))
    yield Danger(
        RiskLevel.HIGH,
        f"every reader of {name} waits while it is computed again",
        table=name,
        safe_form=tables.refresh_concurrently(name, has_unique_index=has_key),
    )


RULE = Rule("refresh_materialized_view", check)
