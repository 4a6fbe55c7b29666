"""ALTER DOMAIN (high where every row is tested, otherwise medium or low).

A new condition is tested on every row of every table that uses the domain, while those tables' writers wait: nothing
in the statement names them. NOT VALID spares the old rows; there is no such form of SET NOT NULL.

Who waits: the writers of every table that uses the domain, for as long as all of their rows are read.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import objects, tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.objects import AlterDomain
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Tables that use the domain are not named."""
    altered = statement.view
    if not isinstance(altered, AlterDomain):
        return
    name = ".".join(altered.names).removeprefix("public.")
    locked = (
        [lock.relation for lock in circumstances.effects.locks if lock.is_on_table] if circumstances.effects else []
    )
    of_tables = f" ({', '.join(locked)})" if locked else ""
    level, says, breaks = RiskLevel.MEDIUM, f"changes the domain {name}", True
    if altered.constraint is not None and altered.constraint.is_not_valid:
        level, says = RiskLevel.LOW, f"binds new values of {name} only, until it is validated"
    elif altered.action in {"add constraint", "set not null"}:
        level, says = (
            RiskLevel.HIGH,
            f"tests every row of every table that uses {name}{of_tables} while their writers wait",
        )
    elif altered.action == "validate constraint":
        says, breaks = f"tests every row of every table that uses {name}{of_tables}", False
    elif altered.action in {"drop constraint", "drop not null"}:
        says = f"{name} loses a guard: values that it kept out may enter"
    yield Danger(
        level,
        says,
        breaks_older_code=breaks,
        table=min(locked, default=""),
        safe_form=objects.domain_in_two_steps(statement, altered)
        if altered.action == "add constraint"
        else tables.alone(statement_sql(statement)),
    )


RULE = Rule("alter_domain", check)
