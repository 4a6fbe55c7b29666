"""CREATE OR REPLACE VIEW (medium).

Running code that reads the view gets what the new query returns. PostgreSQL refuses it where a column goes, changes
its type or its place.

Who waits: every reader of the view for an instant.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.objects import CreateView
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Only where the view may be there already."""
    created = statement.view
    if isinstance(created, CreateView) and created.is_replace and not circumstances.is_new(created.name):
        name = created.name
        yield Danger(
            RiskLevel.MEDIUM,
            f"running code that reads {name} gets the rows of another query; its readers wait for an instant",
            safe_form=tables.alone(statement_sql(statement)),
        )


RULE = Rule("replace_view", check)
