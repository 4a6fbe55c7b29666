"""Indexes that are built and dropped while the table is used."""

from __future__ import annotations

from typing import Any

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
from deploy.checking.risk.safe_forms.sql_text import copy_of, expression_sql, quoted, quoted_table, statement_sql
from deploy.checking.statements import Statement, choice, relation_name


def index_name(node: Any) -> str:
    """The name, or the one that PostgreSQL would give."""
    columns = [item.index_elem.name or "expr" for item in node.index_params]
    return str(node.idxname) or made_name(node.relation.relname, "_".join(columns), "idx")


def create_concurrently(statement: Statement) -> str:
    """The same index; what an earlier try left behind goes first."""
    node = statement.node
    name = index_name(node)
    schema = node.relation.schemaname
    in_schema = f"{schema}.{name}" if schema else name
    return concurrently(
        execute(f"DROP INDEX CONCURRENTLY IF EXISTS {quoted_table(in_schema)}"),
        _create_by_op(node, name) or execute(_create_sql(statement, name)),
    )


def _create_sql(statement: Statement, name: str) -> str:
    changed = copy_of(statement.node)
    changed.idxname, changed.concurrent, changed.if_not_exists = name, True, False
    return statement_sql(statement, changed)


def _create_by_op(node: Any, name: str) -> str:
    """`op.create_index(…)`; empty where only SQL can say it."""
    elements = [item.index_elem for item in node.index_params]
    is_plain = all(_is_plain(element) for element in elements)
    if not is_plain or node.options or node.nulls_not_distinct or node.table_space or not elements:
        return ""
    table = relation_name(node.relation)
    arguments = [text(name), text(bare(table)), names([element.name for element in elements])]
    arguments += ["unique=True"] if node.unique else []
    arguments += [f"schema={text(node.relation.schemaname)}"] if node.relation.schemaname else []
    arguments += [f"postgresql_using={text(node.access_method)}"] if node.access_method not in {"", "btree"} else []
    included = [item.index_elem.name for item in node.index_including_params]
    arguments += [f"postgresql_include={names(included)}"] if included else []
    where = expression_sql(node.where_clause)
    if ":" in where.replace("::", ""):
        return ""
    arguments += [f"postgresql_where=sa.text({text(where)})"] if where else []
    short = f"op.create_index({', '.join([*arguments, 'postgresql_concurrently=True'])})"
    if len(short) <= 96:  # noqa: PLR2004 - a line
        return short
    return "op.create_index(\n" + "".join(f"    {a},\n" for a in [*arguments, "postgresql_concurrently=True"]) + ")"


def _is_plain(element: Any) -> bool:
    is_ordered = choice(element, "ordering") not in {"SORTBY_DEFAULT", ""}
    has_nulls = choice(element, "nulls_ordering") not in {"SORTBY_NULLS_DEFAULT", ""}
    return bool(element.name) and not (is_ordered or has_nulls or element.opclass or element.collation)


def drop_concurrently(indexes: list[str]) -> str:
    """One by one: CONCURRENTLY takes only one name."""
    return concurrently(*(execute(f"DROP INDEX CONCURRENTLY IF EXISTS {quoted_table(name)}") for name in indexes))


def reindex_concurrently(kind: str, name: str) -> str:
    """Builds beside the old one, and swaps."""
    return concurrently(execute(f"REINDEX {kind} CONCURRENTLY {quoted_table(name)}"))


def create_on_partitions(statement: Statement, partitions: list[str]) -> str:
    """An empty index on the parent, one on each partition by CONCURRENTLY, then attached."""
    name = index_name(statement.node)
    parent = copy_of(statement.node)
    parent.idxname, parent.concurrent, parent.if_not_exists, parent.relation.inh = name, False, False, False
    build, attach = [], []
    for partition in partitions or ["each_partition"]:
        child = copy_of(statement.node)
        schema, _, bare_name = partition.rpartition(".")
        own = made_name(bare_name, name.removesuffix("_idx"), "idx")
        child.relation.schemaname, child.relation.relname = schema, bare_name
        child.idxname, child.concurrent, child.if_not_exists = own, True, False
        build.append(execute(statement_sql(statement, child)))
        attach.append(execute(f"ALTER INDEX {quoted(name)} ATTACH PARTITION {quoted(own)}"))
    return steps(
        (
            "a revision: an index of the parent alone, invalid until all partitions have theirs",
            patiently(execute(statement_sql(statement, parent))),
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
    changed = copy_of(statement.node)
    del changed.index_params[most:]
    changed.concurrent = True
    return concurrently(execute(statement_sql(statement, changed)))


def look_at_version() -> str:
    """A migration that stops on a server that builds it wrongly."""
    return "\n".join(
        (
            "if not op.get_context().as_sql and op.get_bind().dialect.server_version_info < (14, 4):",
            '    raise RuntimeError("PostgreSQL 14.4 or later is needed to build an index CONCURRENTLY")',
        )
    )
