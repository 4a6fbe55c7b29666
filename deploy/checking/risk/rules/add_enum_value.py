"""ALTER TYPE ... ADD VALUE (low).

No table is locked. But the value cannot be removed again, the transaction that adds it cannot use it (PostgreSQL
12 and later; before, it cannot run in a transaction at all), and the running release may not understand it where a
newer one writes it.

Who waits: no session.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import objects
from deploy.checking.statements import Statement
from deploy.checking.statements.objects import AddEnumValue
from deploy.model.risk import RiskLevel

IN_TRANSACTION = 12


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Cheap, and for ever."""
    added = statement.view
    if isinstance(added, AddEnumValue):
        fails = (
            "; PostgreSQL 11 and older refuse it in a transaction"
            if circumstances.server_major < IN_TRANSACTION
            else ""
        )
        yield Danger(
            RiskLevel.HIGH if fails else RiskLevel.LOW,
            f"adds '{added.value}' to {added.type_name}: cannot be undone, and cannot be used before COMMIT{fails}",
            safe_form=objects.enum_value_alone(statement, added),
        )


RULE = Rule("add_enum_value", check)
