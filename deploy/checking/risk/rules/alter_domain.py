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
from deploy.checking.risk.safe_forms.sql_text import statement_sql
from deploy.checking.statements import Statement, strings
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Tables that use the domain are not named."""
    if statement.kind != "alter_domain_stmt":
        return
    node = statement.node
    name = ".".join(strings(node.type_name)).removeprefix("public.")
    locked = (
        [lock.relation for lock in circumstances.effects.locks if lock.is_on_table] if circumstances.effects else []
    )
    of_tables = f" ({', '.join(locked)})" if locked else ""
    constraint = getattr(node, "def").constraint
    level, says, breaks = RiskLevel.MEDIUM, f"changes the domain {name}", True
    if node.subtype == "C" and constraint.skip_validation:
        level, says = RiskLevel.LOW, f"binds new values of {name} only, until it is validated"
    elif node.subtype in {"C", "O"}:
        level, says = (
            RiskLevel.HIGH,
            f"tests every row of every table that uses {name}{of_tables} while their writers wait",
        )
    elif node.subtype == "V":
        says, breaks = f"tests every row of every table that uses {name}{of_tables}", False
    elif node.subtype in {"X", "N"}:
        says = f"{name} loses a guard: values that it kept out may enter"
    yield Danger(
        level,
        says,
        breaks_older_code=breaks,
        table=min(locked, default=""),
        safe_form=objects.domain_in_two_steps(statement)
        if node.subtype == "C"
        else tables.alone(statement_sql(statement)),
    )


RULE = Rule("alter_domain", check)
