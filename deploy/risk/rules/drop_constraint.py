"""ALTER TABLE DROP CONSTRAINT."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Rows that the constraint kept out may enter; ON CONFLICT needs a unique one."""
    for command, table in circumstances.changes(statement, "AT_DropConstraint"):
        yield Danger(RiskLevel.MEDIUM, f"{table} loses the guard {command.name}", breaks_older_code=True)


RULE = Rule("drop_constraint", check)
