"""What the schema says, where it is known; None, or nothing, where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.schema_around import ColumnAround, ConstraintAround, UserTypeAround, relation_named


def relation(circumstances: Circumstances, name: str) -> Any:
    """A table, view or index by its name; None where it is not known or was only ever named."""
    schema = circumstances.schema
    return schema.find(name) if schema is not None and name else None


def column(circumstances: Circumstances, table: str, name: str) -> ColumnAround | None:
    """A column."""
    found = relation_named(circumstances.schema, table)
    return found.columns.get(name) if found is not None else None


def constraint(circumstances: Circumstances, table: str, name: str) -> ConstraintAround | None:
    """A constraint that is no NOT NULL."""
    found = relation_named(circumstances.schema, table)
    return found.constraints.get(name) if found is not None else None


def is_not_null(circumstances: Circumstances, table: str, name: str) -> bool:
    """Whether a column is known to be NOT NULL, for its old rows too."""
    found = column(circumstances, table, name)
    return found is not None and found.is_not_null and found.is_not_null_valid


def is_partitioned(circumstances: Circumstances, table: str) -> bool:
    """Whether it is known to be a partitioned table."""
    found = relation_named(circumstances.schema, table)
    return found is not None and found.kind == "partitioned table"


def partitions(circumstances: Circumstances, table: str) -> list[str]:
    """Its partitions of all levels, as far as they are known."""
    found = relation_named(circumstances.schema, table)
    return [child.shown for child in found.family()[1:]] if found is not None else []


def default_partition(circumstances: Circumstances, table: str) -> str:
    """Its default partition; empty where there is none, or it is not known."""
    found = relation_named(circumstances.schema, table)
    default = found.default_partition if found is not None else None
    return default.shown if default is not None else ""


def partition_key(circumstances: Circumstances, table: str) -> tuple[str, ...]:
    """The columns that a partitioned table is divided by; empty where they are not known."""
    found = relation_named(circumstances.schema, table)
    return tuple(column.name for column in found.partition_columns) if found is not None else ()


def tables_in(circumstances: Circumstances, schema_name: str) -> list[str]:
    """The tables of a schema, as far as they are known."""
    schema = circumstances.schema
    return sorted(table.name for table in schema.tables() if table.schema == schema_name) if schema is not None else []


def type_name(column_found: ColumnAround | None) -> str:
    """A known column's type, `int4`; empty where it is not known."""
    return column_found.type.name if column_found is not None and column_found.type is not None else ""


def user_type(circumstances: Circumstances, names: Sequence[str]) -> UserTypeAround | None:
    """A domain or enum by the parts of its name."""
    schema = circumstances.schema
    if schema is None or not names:
        return None
    return schema.user_type(names[-2] if len(names) > 1 else "", names[-1])
