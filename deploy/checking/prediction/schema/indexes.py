"""Making indexes, on a table and on its partitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from deploy.checking.prediction.schema.naming import free_name, joined
from deploy.checking.prediction.schema.objects import Column, Index, Relation
from deploy.checking.prediction.schema.reading import columns_in, functions_in
from deploy.checking.prediction.schema.schema import Schema
from deploy.checking.statements import strings, unwrap

_LABELS = {"primary": "pkey", "unique": "key", "exclude": "excl", "": "idx"}


def make_index(
    schema: Schema, table: Relation, name: str, columns: Sequence[Column | None], *, is_unique: bool = False,
    is_only: bool = False,
) -> Index:
    """An index of plain columns, and its parts on the partitions."""
    index = Index(
        table.schema, name, table, list(columns), is_unique=is_unique, is_only=is_only, created_in=schema.label,
        is_valid=not is_only,
    )
    table.indexes.append(index)
    schema.indexes[index.schema, index.name] = index
    schema.removed.discard((index.schema, index.name))
    if not is_only:
        for partition in table.partitions:
            part_of_index(schema, index, partition)
    return index


def part_of_index(schema: Schema, index: Index, partition: Relation) -> Index:
    """The partition's part of an index: one that is there already and fits, or a new one."""
    child = matching_index(index, partition)
    if child is None:
        columns = [partition.columns.get(column.name) if column else None for column in index.columns]
        kind = index.constraint.kind if index.constraint else ""
        name = choose_index_name(schema, partition, columns, kind)
        child = make_index(schema, partition, name, columns, is_unique=index.is_unique)
        child.included = [partition.columns[c.name] for c in index.included if c.name in partition.columns]
        child.mentioned = [partition.columns[c.name] for c in index.mentioned if c.name in partition.columns]
        child.functions, child.has_predicate, child.method = index.functions, index.has_predicate, index.method
    child.parent = index
    index.children.append(child)
    return child


def matching_index(index: Index, partition: Relation) -> Index | None:
    """An index of the partition that ATTACH would take for its part (best effort: plain columns)."""
    if index.has_expressions or index.has_predicate:
        return None
    names = [column.name for column in index.columns if column]
    for candidate in partition.indexes:
        is_plain = not candidate.has_predicate and candidate.parent is None and candidate.is_valid
        if is_plain and [c.name if c else "" for c in candidate.columns] == names:
            is_same_use = (index.constraint is None) or (candidate.constraint is not None)
            if is_same_use and candidate.is_unique == index.is_unique and candidate.method == index.method:
                return candidate
    return None


def choose_index_name(
    schema: Schema, table: Relation, columns: Iterable[Column | None], kind: str, names: Iterable[str] = ()
) -> str:
    """The name that PostgreSQL gives to an index without one."""
    middle = "" if kind == "primary" else joined(names or (c.name if c else "expr" for c in columns))
    return free_name(table.name, middle, _LABELS[kind], lambda taken: schema.is_taken(table.schema, taken))


def create_index(schema: Schema, node: Any) -> None:
    """CREATE INDEX."""
    table = schema.adopt(node.relation)
    name = index_name(schema, node, table)
    if (table.schema, name) in schema.indexes and node.if_not_exists:
        return
    elements = [item.index_elem for item in node.index_params]
    columns = [table.columns.get(element.name) if element.name else None for element in elements]
    index = make_index(
        schema, table, name, columns, is_unique=node.unique, is_only=is_on_only(node, table)
    )
    index.included = [
        table.columns[i.index_elem.name] for i in node.index_including_params if i.index_elem.name in table.columns
    ]
    index.method = node.access_method or "btree"
    index.has_predicate = bool(node.where_clause.WhichOneof("node"))
    index.explicit_collations = frozenset(n for n, element in enumerate(elements) if element.collation)
    index.explicit_opclasses = frozenset(n for n, element in enumerate(elements) if element.opclass)
    expressions = [element.expr for element in elements if not element.name]
    expressions += [node.where_clause] if index.has_predicate else []
    index.mentioned = [column for expression in expressions for column in columns_in(expression, table)]
    index.functions = frozenset().union(*(functions_in(expression) for expression in expressions))
    for child in index.children:
        child.mentioned = [c for column in index.mentioned if (c := child.table.columns.get(column.name)) is not None]
        child.has_predicate, child.functions, child.method = index.has_predicate, index.functions, index.method


def is_on_only(node: Any, table: Relation) -> bool:
    """ON ONLY of a partitioned table: the parts are attached later."""
    return table.kind == "partitioned table" and not node.relation.inh


def index_name(schema: Schema, node: Any, table: Relation) -> str:
    """The name that CREATE INDEX gives, or PostgreSQL for it."""
    if node.idxname:
        return str(node.idxname)
    names = [element_name(item.index_elem) for item in (*node.index_params, *node.index_including_params)]
    return choose_index_name(schema, table, (), "", names)


def element_name(element: Any) -> str:
    """How one key of an index is called (FigureColname in PostgreSQL's parser/parse_target.c)."""
    return str(element.name) or figured_name(element.expr) or "expr"


def figured_name(expression: Any) -> str:
    """The name of an expression's value; empty where it has none."""
    kind, node = unwrap(expression)
    if kind == "column_ref":
        names = [item for item in node.fields if item.WhichOneof("node") == "string"]
        return strings(names)[-1] if names else ""
    if kind == "func_call":
        return strings(node.funcname)[-1]
    if kind == "type_cast":
        return figured_name(node.arg) or strings(node.type_name.names)[-1]
    if kind == "collate_clause":
        return figured_name(node.arg)
    return "coalesce" if kind == "coalesce_expr" else ""
