"""RENAME of a view or materialized view (high).

Instant for PostgreSQL, fatal for running code that names it. A view under the new name beside the old one costs
nothing.

Who waits: every reader of the view for an instant; then the old code fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import expand_contract
from deploy.checking.statements import Statement
from deploy.checking.statements.views import RenameView
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Code that still uses the old name fails at once."""
    renamed = statement.view
    if not isinstance(renamed, RenameView):
        return
    old, new = renamed.table, renamed.new_name
    if not circumstances.is_new(old):
        yield Danger(
            RiskLevel.HIGH,
            f"renames the {renamed.word} {old} to {new} under running code",
            breaks_older_code=True,
            safe_form=expand_contract.view_beside(old, renamed.new_table),
        )


RULE = Rule("rename_view", check)
