"""RENAME of a view or materialized view (high).

Instant for PostgreSQL, fatal for running code that names it. A view under the new name beside the old one costs
nothing.

Who waits: every reader of the view for an instant; then the old code fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import object_word
from deploy.checking.risk.safe_forms import expand_contract
from deploy.checking.statements import Statement, choice, relation_name
from deploy.model.risk import RiskLevel

VIEWS = frozenset({"OBJECT_VIEW", "OBJECT_MATVIEW"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Code that still uses the old name fails at once."""
    if statement.kind != "rename_stmt" or choice(statement.node, "rename_type") not in VIEWS:
        return
    old, new = relation_name(statement.node.relation), statement.node.newname
    if not circumstances.is_new(old):
        in_schema = f"{old.rpartition('.')[0]}.{new}".lstrip(".")
        yield Danger(
            RiskLevel.HIGH,
            f"renames the {object_word(statement.node, 'rename_type')} {old} to {new} under running code",
            breaks_older_code=True,
            safe_form=expand_contract.view_beside(old, in_schema),
        )


RULE = Rule("rename_view", check)
