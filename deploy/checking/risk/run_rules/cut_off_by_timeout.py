"""A time limit of production's role, database or server that ends the migration's work (high; medium where it may).

A role's statement_timeout holds for its migrations too. What is cut off is rolled back; CREATE INDEX CONCURRENTLY,
which cannot be, leaves an invalid index that every write pays for and no query uses. PostgreSQL 17 has
transaction_timeout beside it, and idle_in_transaction_session_timeout ends a session whose Python works between two
statements.

Who waits: sessions that waited for the lock until the limit; then the migration has failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told, first_table
from deploy.checking.risk.safe_forms import code
from deploy.checking.risk.shapes import shape_of
from deploy.checking.risk.time_limits import Limits
from deploy.checking.statements import Statement, read_statements
from deploy.model.check import CheckedStatement
from deploy.model.risk import RiskLevel
from deploy.model.snapshot import TimeLimit

# An estimate is one of this machine: production may take several times as long.
MARGIN = 4
STATEMENT, TRANSACTION, IDLE = "statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout"


def check(view: RevisionView) -> Iterator[Told]:
    """Each statement against the limit that holds when it runs; each transaction against its own."""
    limits = Limits.at_start(view.facts.time_limits)
    idle: Told | None = None
    for item in view.own:
        limits = limits.in_transaction(item.transaction)
        parsed = read_statements(item.sql)
        danger = _of_statement(item, limits.by_name.get(STATEMENT))
        if danger:
            yield danger, item
        if idle is None and IDLE in limits.by_name and item.transaction and all(_only_reads(s) for s in parsed):
            idle = _of_idling(limits.by_name[IDLE]), item
        for statement in parsed:
            limits = limits.after(statement, item.transaction)
    if idle:
        yield idle
    for transaction in view.transactions():
        danger = _of_transaction(transaction, limits.by_name.get(TRANSACTION))
        if danger:
            yield danger, transaction[-1]


def _of_statement(item: CheckedStatement, limit: TimeLimit | None) -> Danger | None:
    effects = item.effects
    is_concurrent = bool(shape_of(item.sql).held_tables)
    works = item.works or effects.concurrent_builds
    if limit is None or not (works or is_concurrent):
        return None
    level = _level(item.seconds, limit, waits=is_concurrent)
    if level is None:
        return None
    invalid = ", and leaves an invalid index" if effects.concurrent_builds else ""
    says = f"{_shown(limit)} {_verb(level)} it off{_because(item.seconds, waits=is_concurrent)}{invalid}"
    return Danger(level, says, table=first_table(item.sql), safe_form=_safe_form(item, limit.name))


def _of_transaction(transaction: Sequence[CheckedStatement], limit: TimeLimit | None) -> Danger | None:
    if limit is None or not any(item.effects.has_work or item.changed_tables for item in transaction):
        return None
    known = [item.seconds for item in transaction if item.seconds is not None]
    seconds = sum(known) if len(known) == len(transaction) else None
    level = _level(seconds, limit, waits=False)
    if level is None:
        return None
    says = f"{_shown(limit)} {_verb(level)} its transaction off{_because(seconds, waits=False)}"
    return Danger(level, says, table=first_table(transaction[-1].sql), safe_form=code.execute(f"SET {limit.name} = 0"))


def _of_idling(limit: TimeLimit) -> Danger:
    says = f"{_shown(limit)} ends the session where the revision's own code works longer than that on what it read"
    return Danger(RiskLevel.LOW, says, safe_form=code.execute(f"SET LOCAL {limit.name} = 0"))


def _level(seconds: float | None, limit: TimeLimit, *, waits: bool) -> RiskLevel | None:
    if seconds is not None and seconds * 1000 >= limit.milliseconds:
        return RiskLevel.HIGH
    if seconds is None or waits or seconds * 1000 * MARGIN >= limit.milliseconds:
        return RiskLevel.MEDIUM
    return None


def _shown(limit: TimeLimit) -> str:
    amount, unit = (limit.milliseconds, "ms")
    if amount % 1000 == 0:
        amount, unit = amount // 1000, "s"
    return f"{limit.name} {amount:g}{unit} of {limit.source}"


def _verb(level: RiskLevel) -> str:
    return "cuts" if level is RiskLevel.HIGH else "may cut"


def _because(seconds: float | None, *, waits: bool) -> str:
    if seconds is None:
        return ": how long it works is not known"
    about = f": it takes about {seconds:.1f} s (estimated)"
    return f"{about}, and waits for every older transaction" if waits else about


def _safe_form(item: CheckedStatement, name: str) -> str:
    execute = code.execute(" ".join(item.sql.split()))
    if item.transaction:
        return "\n".join([code.execute(f"SET LOCAL {name} = 0"), execute])
    return code.autocommit(code.execute(f"SET {name} = 0"), execute, code.execute(f"RESET {name}"))


def _only_reads(statement: Statement) -> bool:
    return statement.kind == "select_stmt" and not statement.row_changes


RULE = RunRule("cut_off_by_timeout", check)
