"""Partitions that come and go while the partitioned table is used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from deploy.checking.risk.safe_forms.code import bare, concurrently, execute, made_name, patiently, place, steps, text
from deploy.checking.statements import quoted, quoted_table
from deploy.checking.statements.partitions import PartitionBound
from deploy.checking.statements.values import Expression

DETACH_CONCURRENTLY = 14


def detach(parent: str, partition: str, server_major: int, default: str = "") -> str:
    """Readers and writers of the parent go on, where the server can do that.

    Args:
        default: the parent's default partition, beside which PostgreSQL refuses CONCURRENTLY; or empty.
    """
    sql = f"ALTER TABLE {quoted_table(parent)} DETACH PARTITION {quoted_table(partition)}"
    title = "a separate revision; code that reads the partition's rows through the parent must be gone"
    if server_major >= DETACH_CONCURRENTLY and not default:
        return steps((title, concurrently(execute(f"{sql} CONCURRENTLY"))))
    why = f"\n# (PostgreSQL refuses CONCURRENTLY beside the default partition {default})" if default else ""
    return steps((f"{title}{why}", patiently(execute(sql))))


@dataclass(frozen=True)
class Attachment:
    """A partition that is to be attached.

    Attributes:
        columns: the partition key's.
        bound: what it says that its rows are.
        default: the parent's default partition, which is read through as well; empty where there is none.
    """

    parent: str
    partition: str
    columns: tuple[str, ...]
    bound: PartitionBound
    default: str = ""

    @property
    def sql(self) -> str:
        """The statement."""
        child = quoted_table(self.partition)
        return f"ALTER TABLE {quoted_table(self.parent)} ATTACH PARTITION {child} {bound_sql(self.bound)}"


def create_then_attach(new: Attachment) -> str:
    """A table of its own first: attaching takes only SHARE UPDATE EXCLUSIVE on the parent."""
    create = f"CREATE TABLE {quoted_table(new.partition)} (LIKE {quoted_table(new.parent)} INCLUDING ALL)"
    return steps(
        ("a revision: a separate table, no session waits", execute(create)),
        *_proof(new, new.default, is_inside=False),
        (
            "the next revision: readers and writers of the parent go on",
            patiently(execute(new.sql), *_without_proof(new.default)),
        ),
    )


def attach_with_check(new: Attachment) -> str:
    """A validated CHECK that says what the bounds say spares the scan, of the default partition too."""
    return steps(
        *_proof(new, new.partition, is_inside=True),
        *_proof(new, new.default, is_inside=False),
        (
            "the one after it: the CHECK proves the bounds, nothing is scanned",
            patiently(execute(new.sql), *_without_proof(new.partition), *_without_proof(new.default)),
        ),
    )


def _proof(new: Attachment, table: str, *, is_inside: bool) -> list[tuple[str, str]]:
    if not table:
        return []
    test = condition(list(new.columns), new.bound)
    test = test if is_inside else f"NOT ({test})"
    name = _proof_name(table)
    add = f"ALTER TABLE {quoted_table(table)} ADD CONSTRAINT {quoted(name)} CHECK ({test}) NOT VALID"
    what = "what the bounds will ask for" if is_inside else f"that {bare(table)} holds no row of the new partition"
    return [
        (f"a revision: {what}, for new rows", patiently(execute(add))),
        (
            "the next revision, in its own transaction: looks at every row, and blocks no session",
            execute(f"ALTER TABLE {quoted_table(table)} VALIDATE CONSTRAINT {quoted(name)}"),
        ),
    ]


def _without_proof(table: str) -> list[str]:
    return [f"op.drop_constraint({text(_proof_name(table))}, {text(bare(table))}{place(table)})"] if table else []


def _proof_name(table: str) -> str:
    return made_name(table, "", "bounds")


def bound_sql(bound: PartitionBound) -> str:
    """`FOR VALUES …` or DEFAULT."""
    if bound.is_default:
        return "DEFAULT"
    if bound.strategy == "range":
        return f"FOR VALUES FROM ({_datums(bound.low)}) TO ({_datums(bound.high)})"
    if bound.strategy == "hash":
        return f"FOR VALUES WITH (MODULUS {bound.modulus}, REMAINDER {bound.remainder})"
    return f"FOR VALUES IN ({_datums(bound.values)})"


def condition(columns: list[str], bound: PartitionBound) -> str:
    """What the bounds ask for, as a CHECK; of a range only over one column."""
    column = quoted(columns[0]) if columns else "your_partition_column"
    if bound.strategy == "range":
        low, high = _datums(bound.low), _datums(bound.high)
        tests = [f"{column} >= {low}" if low != "MINVALUE" else "", f"{column} < {high}" if high != "MAXVALUE" else ""]
        return " AND ".join([f"{column} IS NOT NULL", *(test for test in tests if test)])
    if bound.strategy == "list":
        return f"{column} IS NOT NULL AND {column} IN ({_datums(bound.values)})"
    return f"{column} IS NOT NULL"


def _datums(values: Iterable[Expression]) -> str:
    """MINVALUE and MAXVALUE are read as columns."""
    return ", ".join(value.column.upper() or value.sql for value in values)
