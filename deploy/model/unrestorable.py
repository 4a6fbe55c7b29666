"""A backup that no restore can bring back whole because of the schema itself; another backup would be the same."""

from __future__ import annotations

import re

# pg_restore works with an empty search_path, so a function that names others without their schema finds none of them.
_NAMELESS = re.compile(r'(relation|function|type|operator|table|view) ("[^"]+"|\S+) does not exist')


def is_schema_fault(problem: str) -> bool:
    """Whether the proof failed on a name that the schema's own code does not find while it is restored.

    Args:
        problem: as the proof tells it.
    """
    return "does not restore" in problem and _NAMELESS.search(problem) is not None


def advice_after_failed_proof(backup_name: str, problem: str) -> str:
    """What the operator does about a backup whose last proof failed."""
    tables = f"its tables can still be restored: ./scripts/deploy.sh restore {backup_name} --tables A,B"
    if is_schema_fault(problem):
        return (
            "the schema must be repaired, because another backup of it would fail in the same way: a function calls "
            "others "
            "without their schema, and a restore has an empty search_path: ALTER FUNCTION ... SET search_path = public "
            f"(or write the schema before each name), then ./scripts/deploy.sh backup create; {tables}"
        )
    return f"make another backup now: ./scripts/deploy.sh backup create; {tables}"
