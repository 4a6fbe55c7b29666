"""What the schema says, where it is known; None, or nothing, where it is not."""

from __future__ import annotations

from typing import Any

from deploy.risk.circumstances import Circumstances


def relation(circumstances: Circumstances, name: str) -> Any:
    """A table, view or index by its name; None where it is not known or was only ever named."""
    schema = circumstances.schema
    found = schema.find(name) if schema is not None and name else None
    return None if found is None or getattr(found, "is_assumed", False) else found


def column(circumstances: Circumstances, table: str, name: str) -> Any:
    """A column."""
    found = relation(circumstances, table)
    return getattr(found, "columns", {}).get(name) if _is_table(found) else None


def constraint(circumstances: Circumstances, table: str, name: str) -> Any:
    """A constraint that is no NOT NULL."""
    found = relation(circumstances, table)
    return found.constraints.get(name) if _is_table(found) else None


def is_partitioned(circumstances: Circumstances, table: str) -> bool:
    """Whether it is known to be a partitioned table."""
    return getattr(relation(circumstances, table), "kind", "") == "partitioned table"


def partitions(circumstances: Circumstances, table: str) -> list[str]:
    """Its partitions of all levels, as far as they are known."""
    found = relation(circumstances, table)
    return [child.shown for child in found.family()[1:]] if _is_table(found) else []


def type_name(column_found: Any) -> str:
    """A known column's type, `int4`; empty where it is not known."""
    return column_found.type.name if column_found is not None and column_found.type is not None else ""


def user_type(circumstances: Circumstances, names: list[str]) -> Any:
    """A domain or enum by the parts of its name."""
    schema = circumstances.schema
    if schema is None or not names:
        return None
    return schema.user_type(names[-2] if len(names) > 1 else "", names[-1])


def _is_table(found: Any) -> bool:
    return hasattr(found, "constraints") and hasattr(found, "columns") and isinstance(found.columns, dict)
