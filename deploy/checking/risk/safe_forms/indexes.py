"""Indexes that are built and dropped while the table is used."""

from __future__ import annotations

from deploy.checking.risk.safe_forms.code import (
    autocommit,
    bare,
    concurrently,
    execute,
    made_name,
    names,
    patiently,
    place,
    steps,
    text,
)
from deploy.checking.statements import Statement, quoted, quoted_table
from deploy.checking.statements.rewriting import index_concurrently, index_of_first_columns, index_of_parent_only
from deploy.checking.statements.values import Relation
from deploy.checking.statements.views import CreateIndex


def index_name(index: CreateIndex) -> str:
    """The name, or the one that PostgreSQL would give."""
    return index.name or made_name(index.relation.name, "_".join(name or "expr" for name in index.columns), "idx")


def create_concurrently(statement: Statement, index: CreateIndex) -> str:
    """The same index; what an earlier try left behind goes first."""
    name, schema = index_name(index), index.relation.schema
    in_schema = f"{schema}.{name}" if schema else name
    return concurrently(
        execute(f"DROP INDEX CONCURRENTLY IF EXISTS {quoted_table(in_schema)}"),
        _create_by_op(index, name) or execute(index_concurrently(statement, name)),
    )


def _create_by_op(index: CreateIndex, name: str) -> str:
    """`op.create_index(…)`; empty where only SQL can say it."""
    is_plain = all(element.is_plain for element in index.elements)
    if not is_plain or index.has_storage or index.is_nulls_not_distinct or not index.elements:
        return ""
    schema, where = index.relation.schema, index.where.sql if index.where is not None else ""
    if ":" in where.replace("::", ""):
        return ""
    arguments = [text(name), text(bare(index.table)), names(list(index.columns))]
    arguments += ["unique=True"] if index.is_unique else []
    arguments += [f"schema={text(schema)}"] if schema else []
    arguments += [f"postgresql_using={text(index.method)}"] if index.method != "btree" else []
    arguments += [f"postgresql_include={names(list(index.included))}"] if index.included else []
    arguments += [f"postgresql_where=sa.text({text(where)})"] if where else []
    short = f"op.create_index({', '.join([*arguments, 'postgresql_concurrently=True'])})"
    if len(short) <= 96:  # noqa: PLR2004 - a line
        return short
    return "op.create_index(\n" + "".join(f"    {a},\n" for a in [*arguments, "postgresql_concurrently=True"]) + ")"


def drop_concurrently(indexes: list[str]) -> str:
    """One by one: CONCURRENTLY takes only one name."""
    return concurrently(*(execute(f"DROP INDEX CONCURRENTLY IF EXISTS {quoted_table(name)}") for name in indexes))


def reindex_concurrently(kind: str, name: str) -> str:
    """Builds beside the old one, and swaps."""
    return concurrently(execute(f"REINDEX {kind} CONCURRENTLY {quoted_table(name)}"))


def create_on_partitions(statement: Statement, index: CreateIndex, partitions: list[str]) -> str:
    """An empty index on the parent, one on each partition by CONCURRENTLY, then attached."""
    name, build, attach = index_name(index), [], []
    for partition in partitions or ["each_partition"]:
        schema, _, bare_name = partition.rpartition(".")
        own = made_name(bare_name, name.removesuffix("_idx"), "idx")
        build.append(execute(index_concurrently(statement, own, Relation(bare_name, schema))))
        attach.append(execute(f"ALTER INDEX {quoted(name)} ATTACH PARTITION {quoted(own)}"))
    return steps(
        (
            "a revision: an index of the parent alone, invalid until all partitions have theirs",
            patiently(execute(index_of_parent_only(statement, name))),
        ),
        ("the next revision: one partition after the other, while they are written to", concurrently(*build)),
        ("the one after it", patiently(*attach)),
    )


def vacuum(table: str) -> str:
    """Frees dead rows for new ones, without an exclusive lock."""
    return autocommit(execute(f"VACUUM (ANALYZE) {quoted_table(table)}"))


def create_on_columns(table: str, columns: list[str]) -> str:
    """A plain index by columns."""
    name = made_name(table, "_".join(columns), "idx")
    create = (
        f"op.create_index({text(name)}, {text(bare(table))}, {names(columns)}{place(table)}, "
        "postgresql_concurrently=True)"
    )
    return steps(("a revision before the foreign key", concurrently(create)))


def shortened(statement: Statement, most: int) -> str:
    """The same index over its first columns."""
    return concurrently(execute(index_of_first_columns(statement, most)))


def look_at_version() -> str:
    """A migration that stops on a server that builds it wrongly."""
    return "\n".join(
        (
            "if not op.get_context().as_sql and op.get_bind().dialect.server_version_info < (14, 4):",
            '    raise RuntimeError("PostgreSQL 14.4 or later is needed to build an index CONCURRENTLY")',
        )
    )
