"""What env.py and the session do about timeouts, transactions and errors, with the line to change."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from deploy.checking.risk.time_limits import OWN_SESSION, Limits
from deploy.checking.statements import read_statements
from deploy.model.check import CheckedStatement, EnvironmentAdvice
from deploy.model.snapshot import TimeLimit

LOCK_TIMEOUT = "lock_timeout"
ENGINE_CALLS = {"create_engine", "engine_from_config", "create_async_engine", "async_engine_from_config"}
LOCK_TIMEOUT_CODE = (
    'connect_args={"options": "-c lock_timeout=5s"}  # asyncpg: {"server_settings": {"lock_timeout": "5s"}}'
)
PER_REVISION_CODE = "context.configure(..., transaction_per_migration=True)"


def advise_on_environment(
    path: str, text: str, lock_timeout: str, statements: Sequence[CheckedStatement], *,
    has_shared_transaction: bool = False,
) -> tuple[EnvironmentAdvice, ...]:
    """Advice, most important first.

    Args:
        path, text: of env.py; empty where there is none (plain SQL).
        lock_timeout: of the migration's own session: "0" for none, "" where it was not measured.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        tree = ast.Module([], [])
    found = [
        *_lock_timeout(path, text, tree, lock_timeout, statements),
        *_transactions(path, text, tree, statements, has_shared_transaction=has_shared_transaction),
        *_swallowed(path, tree),
        *_advisory_lock(path, text),
    ]
    return tuple(found)


def _lock_timeout(
    path: str, text: str, tree: ast.AST, lock_timeout: str, statements: Sequence[CheckedStatement]
) -> Iterator[EnvironmentAdvice]:
    is_set = lock_timeout != "0" if lock_timeout else "lock_timeout" in text or not text
    unguarded, sets_it = _without_limit(statements, is_set=is_set)
    if unguarded is None and (is_set or sets_it):
        return
    says = (
        "no lock_timeout: a migration that waits for a lock makes every later query of that table wait behind it, "
        "without a time limit"
    )
    if unguarded is not None and sets_it:
        place = f"{unguarded.path}:{unguarded.line}" if unguarded.line else unguarded.revision_id
        says = (
            f"lock_timeout does not hold yet, or no more, when {place} locks {unguarded.effects.blocking_tables[0]}: "
            "set it before the lock is taken"
        )
    yield EnvironmentAdvice("lock_timeout", says, path, _line_of(tree, ENGINE_CALLS), LOCK_TIMEOUT_CODE)


def _without_limit(
    statements: Sequence[CheckedStatement], *, is_set: bool
) -> tuple[CheckedStatement | None, bool]:
    """The first statement that waits for a lock without a limit, and whether any statement sets one.

    Args:
        is_set: whether the session has one from its beginning.
    """
    limits = Limits.at_start([TimeLimit(LOCK_TIMEOUT, 1, OWN_SESSION)] if is_set else [])
    found: CheckedStatement | None = None
    sets_it = False
    for item in statements:
        limits = limits.in_transaction(item.transaction)
        if found is None and item.is_block and LOCK_TIMEOUT not in limits.by_name:
            found = item
        for statement in read_statements(item.sql):
            limits = limits.after(statement, item.transaction)
            sets_it |= LOCK_TIMEOUT in limits.by_name and not is_set
    return found, sets_it


def _transactions(
    path: str, text: str, tree: ast.AST, statements: Sequence[CheckedStatement], *, has_shared_transaction: bool
) -> Iterator[EnvironmentAdvice]:
    revisions: dict[int, set[str]] = {}
    for item in statements:
        if item.transaction:
            revisions.setdefault(item.transaction, set()).add(item.revision_id)
    are_shared = has_shared_transaction or any(len(ids) > 1 for ids in revisions.values())
    if are_shared or (not statements and text and "transaction_per_migration" not in text):
        says = "all pending revisions run in one transaction: the first one's locks are held until the last one ends"
        yield EnvironmentAdvice("transactions", says, path, _line_of(tree, {"configure"}), PER_REVISION_CODE)


def _swallowed(path: str, tree: ast.AST) -> Iterator[EnvironmentAdvice]:
    """An except around run_migrations that does not raise: Alembic then ends with 0 whatever happened."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Try) or not _calls(node.body, "run_migrations"):
            continue
        for handler in node.handlers:
            if not any(isinstance(inner, ast.Raise) for inner in ast.walk(handler)):
                says = (
                    "an error of a migration is caught and not raised again: a failed migration looks like a good one"
                )
                yield EnvironmentAdvice("errors", says, path, handler.lineno, "raise")


def _advisory_lock(path: str, text: str) -> Iterator[EnvironmentAdvice]:
    for number, line in enumerate(text.splitlines(), start=1):
        if "pg_advisory_lock(" in line:
            says = (
                "a session that waits in pg_advisory_lock holds a snapshot, and CREATE INDEX CONCURRENTLY waits for it "
                "without end"
            )
            yield EnvironmentAdvice("migration lock", says, path, number, "poll pg_try_advisory_lock instead")
        elif "pg_advisory_xact_lock(" in line:
            says = "the lock ends with the transaction: an autocommit_block() releases it too early"
            yield EnvironmentAdvice(
                "migration lock", says, path, number, "pg_try_advisory_lock on a connection of its own"
            )


def _calls(body: Sequence[ast.stmt], name: str) -> bool:
    return any(isinstance(n, ast.Call) and _called(n) == name for part in body for n in ast.walk(part))


def _line_of(tree: ast.AST, names: set[str]) -> int:
    return next((n.lineno for n in ast.walk(tree) if isinstance(n, ast.Call) and _called(n) in names), 0)


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""
