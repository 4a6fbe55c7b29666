"""Lines of the application's log that matter after a schema change: what PostgreSQL and its drivers say."""

from __future__ import annotations

import re
from collections.abc import Iterable

from deploy.model.redaction import without_passwords
from deploy.model.watching import LogErrors

# Error names are those of asyncpg, psycopg and SQLAlchemy; sentences those of PostgreSQL's message catalogue.
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("undefined column", r"UndefinedColumn|column \S+ does not exist|\b42703\b"),
        ("undefined table", r"UndefinedTable|relation \S+ does not exist|\b42P01\b"),
        ("undefined function", r"UndefinedFunction|UndefinedObject|(?:function|type) \S+ does not exist|\b42883\b"),
        ("not-null violation", r"NotNullViolation|violates not-null constraint|\b23502\b"),
        ("cached plan", (r"InvalidCachedStatement|cached (?:statement )?plan must not change result type"
                        r"|cached statement plan is invalid")),
        ("unknown revision", r"Can't locate revision"),
        ("pool exhausted", (r"QueuePool limit|PoolTimeout|pool timeout|TooManyConnections|too many clients already"
                           r"|remaining connection slots are reserved")),
        ("connection refused", (r"[Cc]onnection refused|ConnectionRefusedError|CannotConnectNow"
                               r"|ConnectionDoesNotExist|server closed the connection unexpectedly")),
        ("lock timeout", r"LockNotAvailable|canceling statement due to lock timeout"),
        ("deadlock", r"DeadlockDetected|deadlock detected"),
        ("permission denied", r"InsufficientPrivilege|permission denied for (?:table|schema|relation|sequence)"),
    )
)
# A pool runs out where answers come late, whoever makes them late; a database that is gone refuses every release.
OF_TIME, NO_DATABASE = ("pool exhausted",), ("connection refused",)
LONGEST_EXAMPLE = 200


def judge_lines(lines: Iterable[str]) -> LogErrors:
    """Count by kind; a line counts once, for the first kind that fits."""
    counts: dict[str, int] = {}
    examples: dict[str, str] = {}
    for line in lines:
        kind = kind_of(line)
        if kind:
            counts[kind] = counts.get(kind, 0) + 1
            examples.setdefault(kind, without_passwords(line.strip())[:LONGEST_EXAMPLE])
    return LogErrors(counts, examples)


def kind_of(line: str) -> str:
    """The kind of one line; empty for an ordinary one."""
    return next((kind for kind, pattern in PATTERNS if pattern.search(line)), "")


def kind_of_finding(kind: str) -> str:
    """What the watch calls too many lines of this kind."""
    return f"log: {kind}"
