"""REFRESH MATERIALIZED VIEW CONCURRENTLY (medium).

Readers go on, but its query runs in one go, and a second refresh waits for this one. A migration need not wait for
it: a job can do the same later.

Who waits: only sessions that refresh or write the view.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement
from deploy.checking.statements.table_work import RefreshMaterializedView
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """A long query inside the migration."""
    refreshed = statement.view
    if isinstance(refreshed, RefreshMaterializedView) and refreshed.is_concurrent:
        name = refreshed.name
        yield Danger(
            RiskLevel.MEDIUM,
            f"the migration waits while {name} is computed again; its readers go on",
            table=name,
            safe_form=tables.refresh_concurrently(name, has_unique_index=True),
        )


RULE = Rule("refresh_materialized_view_concurrently", check)
