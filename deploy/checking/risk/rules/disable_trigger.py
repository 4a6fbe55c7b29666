"""DISABLE TRIGGER (high).

What the trigger kept true is no longer kept, and with ALL foreign keys are not tested either: wrong rows come in
and no error tells. Enabling it again does not test them.

Who waits: every writer of the table, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement
from deploy.model.risk import RiskLevel

KINDS = ("AT_DisableTrig", "AT_DisableTrigAll", "AT_DisableTrigUser")


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Wrong rows come in, and no error tells."""
    for command, table in circumstances.changes(statement, *KINDS):
        name = command.name or "all triggers"
        also = ", nor are foreign keys tested" if command.kind == "AT_DisableTrigAll" else ""
        yield Danger(
            RiskLevel.HIGH,
            f"switches {name} of {table} off: what they kept true is not kept{also}, and enabling tests nothing",
            breaks_older_code=True,
            table=table,
            safe_form=tables.without_disabling(table),
        )


RULE = Rule("disable_trigger", check)
