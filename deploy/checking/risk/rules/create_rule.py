"""CREATE RULE (high).

Rewrites the queries of running code: INSTEAD replaces an INSERT, UPDATE or DELETE by something else, ALSO adds to it.
RETURNING and row counts may come out different. A trigger says the same more plainly.

Who waits: every reader and writer of the table for an instant; then its queries do something else.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import objects
from deploy.checking.statements import Statement
from deploy.checking.statements.objects import CreateRule
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Queries of running code do something else from now on."""
    rule = statement.view
    if isinstance(rule, CreateRule) and not circumstances.is_new(rule.table):
        table, event = rule.table, rule.event
        word = "instead of" if rule.is_instead else "beside"
        yield Danger(
            RiskLevel.HIGH,
            f"from now on {rule.name} happens {word} each {event} on {table}, also for running code",
            breaks_older_code=True,
            table=table,
            safe_form=objects.trigger_instead_of_rule(table, rule.name, event),
        )


RULE = Rule("create_rule", check)
