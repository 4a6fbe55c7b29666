"""Partitions that come and go while the partitioned table is used."""

from __future__ import annotations

from typing import Any

from deploy.risk.safe_forms.code import bare, concurrently, execute, patiently, place, steps, text
from deploy.risk.safe_forms.sql_text import expression_sql, quoted, quoted_table

DETACH_CONCURRENTLY = 14


def detach(parent: str, partition: str, server_major: int) -> str:
    """Readers and writers of the parent go on, where the server can do that."""
    sql = f"ALTER TABLE {quoted_table(parent)} DETACH PARTITION {quoted_table(partition)}"
    title = "a revision of its own; code that reads the partition's rows through the parent must be gone"
    if server_major >= DETACH_CONCURRENTLY:
        return steps((title, concurrently(execute(f"{sql} CONCURRENTLY"))))
    return steps((title, patiently(execute(sql))))


def create_then_attach(parent: str, partition: str, bound: str) -> str:
    """A table of its own first: attaching takes only SHARE UPDATE EXCLUSIVE on the parent."""
    create = f"CREATE TABLE {quoted_table(partition)} (LIKE {quoted_table(parent)} INCLUDING ALL)"
    attach = f"ALTER TABLE {quoted_table(parent)} ATTACH PARTITION {quoted_table(partition)} {bound}"
    return steps(
        ("a revision: a table of its own, nobody waits", execute(create)),
        ("the next revision: readers and writers of the parent go on", patiently(execute(attach))),
    )


def attach_with_check(parent: str, partition: str, condition: str, attach: str) -> str:
    """A validated CHECK that says what the bounds say spares the scan."""
    name = f"{bare(partition)}_bounds"[:63]
    add = f"ALTER TABLE {quoted_table(partition)} ADD CONSTRAINT {quoted(name)} CHECK ({condition}) NOT VALID"
    return steps(
        (f"a revision: what the bounds of {parent} will ask for, for new rows", patiently(execute(add))),
        (
            "the next revision, in a transaction of its own: looks at every row, and blocks nobody",
            execute(f"ALTER TABLE {quoted_table(partition)} VALIDATE CONSTRAINT {quoted(name)}"),
        ),
        (
            "the one after it: the CHECK proves the bounds, nothing is scanned",
            patiently(execute(attach), f"op.drop_constraint({text(name)}, {text(bare(partition))}{place(partition)})"),
        ),
    )


def bound_sql(bound: Any) -> str:
    """`FOR VALUES …` or DEFAULT."""
    if bound.is_default:
        return "DEFAULT"
    if bound.strategy == "r":
        return f"FOR VALUES FROM ({_datums(bound.lowerdatums)}) TO ({_datums(bound.upperdatums)})"
    if bound.strategy == "h":
        return f"FOR VALUES WITH (MODULUS {bound.modulus}, REMAINDER {bound.remainder})"
    return f"FOR VALUES IN ({_datums(bound.listdatums)})"


def condition(columns: list[str], bound: Any) -> str:
    """What the bounds ask for, as a CHECK; of a range only over one column."""
    column = quoted(columns[0]) if columns else "your_partition_column"
    if bound.strategy == "r":
        low, high = _datums(bound.lowerdatums), _datums(bound.upperdatums)
        tests = [f"{column} >= {low}" if low != "MINVALUE" else "", f"{column} < {high}" if high != "MAXVALUE" else ""]
        return " AND ".join([f"{column} IS NOT NULL", *(test for test in tests if test)])
    if bound.strategy == "l":
        return f"{column} IS NOT NULL AND {column} IN ({_datums(bound.listdatums)})"
    return f"{column} IS NOT NULL"


def _datums(items: Any) -> str:
    found = []
    for item in items:
        fields = item.column_ref.fields  # MINVALUE and MAXVALUE are read as columns
        found.append(fields[0].string.sval.upper() if len(fields) == 1 else expression_sql(item))
    return ", ".join(found)
