"""What the schema says, where it is known; None, or nothing, where it is not."""

from __future__ import annotations

from typing import Any

from deploy.checking.risk.circumstances import Circumstances


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


def is_not_null(circumstances: Circumstances, table: str, name: str) -> bool:
    """Whether a column is known to be NOT NULL, for its old rows too."""
    found = column(circumstances, table, name)
    return found is not None and bool(found.is_not_null and found.is_not_null_valid)


def is_partitioned(circumstances: Circumstances, table: str) -> bool:
    """Whether it is known to be a partitioned table."""
    return getattr(relation(circumstances, table), "kind", "") == "partitioned table"


def partitions(circumstances: Circumstances, table: str) -> list[str]:
    """Its partitions of all levels, as far as they are known."""
    found = relation(circumstances, table)
    return [child.shown for child in found.family()[1:]] if _is_table(found) else []


def default_partition(circumstances: Circumstances, table: str) -> str:
    """Its default partition; empty where there is none, or it is not known."""
    found = getattr(relation(circumstances, table), "default_partition", None)
    return str(found.shown) if found is not None else ""


def partition_key(circumstances: Circumstances, table: str) -> tuple[str, ...]:
    """The columns that a partitioned table is divided by; empty where they are not known."""
    found = relation(circumstances, table)
    return tuple(column.name for column in getattr(found, "partition_columns", []))


def tables_in(circumstances: Circumstances, schema_name: str) -> list[str]:
    """The tables of a schema, as far as they are known."""
    schema = circumstances.schema
    return sorted(table.name for table in schema.tables() if table.schema == schema_name) if schema is not None else []


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
