"""ENABLE or DISABLE RULE (high).

Queries of running code are rewritten from now on, or no longer are.

Who waits: every reader and writer of the table for an instant; then its queries do something else.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.model.risk import RiskLevel

KINDS = ("AT_EnableRule", "AT_EnableAlwaysRule", "AT_EnableReplicaRule", "AT_DisableRule")


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Queries of running code do something else from now on."""
    for command, table in circumstances.changes(statement, *KINDS):
        word = "off" if command.kind == "AT_DisableRule" else "on"
        yield Danger(
            RiskLevel.HIGH,
            f"switches the rule {command.name} of {table} {word}: queries of running code do something else",
            breaks_older_code=True,
            table=table,
            safe_form=tables.later(statement_sql(statement), "what the rule did"),
        )


RULE = Rule("change_rule", check)
