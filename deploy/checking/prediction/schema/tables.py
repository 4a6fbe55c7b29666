"""CREATE TABLE in its forms, and the views, sequences and CREATE … AS that make relations too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deploy.checking.prediction.schema.columns import apply_column_constraint, copy_column, make_column
from deploy.checking.prediction.schema.constraints import add_constraint, copy_foreign_key, point_at_partition
from deploy.checking.prediction.schema.indexes import choose_index_name, make_index, part_of_index
from deploy.checking.prediction.schema.naming import LONGEST_NAME
from deploy.checking.prediction.schema.objects import Column, Constraint, Index, Relation
from deploy.checking.prediction.schema.queries import Query, read_query
from deploy.checking.prediction.schema.reading import sequences_in, type_of, user_type_of
from deploy.checking.prediction.schema.same_keys import without_same_keys
from deploy.checking.prediction.schema.schema import Schema
from deploy.checking.statements import choice, strings

# TableLikeOption in PostgreSQL's nodes/parsenodes.h.
LIKE_CONSTRAINTS, LIKE_DEFAULTS, LIKE_GENERATED, LIKE_INDEXES = 1 << 2, 1 << 3, 1 << 4, 1 << 6


def create_table(schema: Schema, node: Any) -> None:
    """CREATE TABLE, with PARTITION OF, INHERITS, LIKE and everything inline."""
    create_table_kind(schema, node, "partitioned table" if node.HasField("partspec") else "table")


def create_foreign_table(schema: Schema, node: Any) -> None:
    """CREATE FOREIGN TABLE."""
    create_table_kind(schema, node.base_stmt, "foreign table")


def create_table_kind(schema: Schema, node: Any, kind: str) -> None:
    """A new table of this kind."""
    if node.if_not_exists and schema.relation_of(node.relation) is not None:
        return
    # Looked up before: a table of the same name that is there already is not its own parent.
    parents = [schema.adopt(parent_node.range_var) for parent_node in node.inh_relations]
    table = new_relation(schema, node.relation, kind)
    table.access_method, table.tablespace = node.access_method, node.tablespacename
    if node.HasField("of_typename"):
        table.is_uncertain = True
        table.row_type_of = user_type_of(schema, type_of(node.of_typename))
    is_partition = node.HasField("partbound")
    for parent in parents:
        _take_over(schema, table, parent, node if is_partition else None)
    _add_elements(schema, table, node)
    for item in node.partspec.part_params if node.HasField("partspec") else ():
        if item.partition_elem.name in table.columns:
            table.partition_columns.append(table.columns[item.partition_elem.name])
    if is_partition and table.parent is not None:
        become_part(schema, table, table.parent)


def new_relation(schema: Schema, range_var: Any, kind: str) -> Relation:
    """An empty relation of this name, taken in."""
    persistence = range_var.relpersistence or "p"
    place, name = schema.new_key(range_var.schemaname, range_var.relname)
    name = name.encode()[:LONGEST_NAME].decode(errors="ignore")
    place = "pg_temp" if persistence == "t" else place
    relation = Relation(place, name, kind, schema.label, persistence=persistence)
    schema.add(relation)
    return relation


def _take_over(schema: Schema, table: Relation, parent: Relation, partition_node: Any) -> None:
    for column in parent.columns.values():
        copy_column(schema, column, table)
    for constraint in parent.constraints.values():
        if constraint.kind == "check":
            _copy_check(schema, constraint, table)
    if partition_node is None:
        table.inherits.append(parent)
        parent.heirs.append(table)
        return
    if parent.kind == "table" and parent.is_assumed:
        parent.kind = "partitioned table"
    table.parent, table.bound = parent, partition_node.partbound
    parent.partitions.append(table)


def _copy_check(schema: Schema, constraint: Constraint, table: Relation) -> None:
    copy = Constraint(
        table, constraint.name, "check", _same(constraint.columns, table), schema.label, constraint.is_valid,
        constraint.is_enforced, expression=constraint.expression, functions=constraint.functions,
        proves_not_null=_same(constraint.proves_not_null, table), parent=constraint,
    )
    constraint.children.append(copy)
    table.constraints[copy.name] = copy


def _same(columns: list[Column], table: Relation) -> list[Column]:
    return [table.columns[column.name] for column in columns if column.name in table.columns]


def become_part(schema: Schema, table: Relation, parent: Relation) -> None:
    """Give a partition its parts of the parent's indexes, keys, foreign keys and triggers."""
    for index in parent.indexes:
        if not index.is_only or index.is_valid:
            child = part_of_index(schema, index, table)
            if index.constraint is not None and child.constraint is None:
                child_constraint = Constraint(
                    table, child.name, index.constraint.kind, [c for c in child.columns if c], schema.label,
                    index=child, parent=index.constraint,
                )
                child.constraint = table.constraints[child.name] = child_constraint
                index.constraint.children.append(child_constraint)
    for foreign_key in parent.foreign_keys():
        if foreign_key.parent is None or foreign_key.parent.table is not parent:
            copy_foreign_key(schema, foreign_key, table)
    for foreign_key in list(parent.referenced_by):
        point_at_partition(schema, foreign_key, table)
    for trigger in parent.triggers.values():
        if trigger.is_for_each_row and trigger.name not in table.triggers:
            used = _same(trigger.update_columns, table)
            table.triggers[trigger.name] = replace(trigger, table=table, update_columns=used)
    for part in table.partitions:
        become_part(schema, part, table)


def _add_elements(schema: Schema, table: Relation, node: Any) -> None:
    later: list[tuple[Any, Column | None]] = []
    for element in node.table_elts:
        kind = element.WhichOneof("node")
        if kind == "column_def":
            later += add_column(schema, table, element.column_def)
        elif kind == "constraint":
            later.append((element.constraint, None))
        elif kind == "table_like_clause":
            _copy_like(schema, table, element.table_like_clause)
    later += [(item.constraint, None) for item in node.constraints]
    # Keys first: a foreign key to the table itself needs its primary key.
    later = without_same_keys(later)
    for constraint, column in sorted(later, key=lambda pair: choice(pair[0], "contype") == "CONSTR_FOREIGN"):
        add_constraint(schema, table, constraint, column)


def add_column(schema: Schema, table: Relation, definition: Any) -> list[tuple[Any, Column]]:
    """A column with its own clauses; those that are constraints of the table are handed back."""
    column = table.columns.get(definition.colname)
    if column is None or not table.inherits:
        column = make_column(schema, table, definition)
    return [
        (item.constraint, column) for item in definition.constraints
        if not apply_column_constraint(schema, column, item.constraint)
    ]


def _copy_like(schema: Schema, table: Relation, clause: Any) -> None:
    source = schema.relation_of(clause.relation)
    if source is None:
        table.is_uncertain = True
        return
    options = clause.options
    for column in source.columns.values():
        is_generated = column.generated and not options & LIKE_GENERATED
        copy_column(schema, column, table, with_default=bool(options & LIKE_DEFAULTS) and not is_generated)
    for constraint in source.constraints.values():
        if constraint.kind == "check" and options & LIKE_CONSTRAINTS:
            _copy_check(schema, constraint, table)
            constraint.children.pop()
    if options & LIKE_INDEXES:
        for index in source.indexes:
            _copy_index(schema, index, table)


def _copy_index(schema: Schema, index: Index, table: Relation) -> None:
    columns = [table.columns.get(column.name) if column else None for column in index.columns]
    kind = index.constraint.kind if index.constraint else ""
    copy = make_index(
        schema, table, choose_index_name(schema, table, columns, kind), columns, is_unique=index.is_unique
    )
    copy.mentioned, copy.included = _same(index.mentioned, table), _same(index.included, table)
    copy.has_predicate, copy.functions = index.has_predicate, index.functions
    if index.constraint is not None:
        made = Constraint(table, copy.name, kind, [c for c in columns if c], schema.label, index=copy)
        copy.constraint = table.constraints[copy.name] = made


def create_table_as(schema: Schema, node: Any) -> None:
    """CREATE TABLE … AS and CREATE MATERIALIZED VIEW."""
    is_view = choice(node, "objtype") == "OBJECT_MATVIEW"
    if node.if_not_exists and schema.relation_of(node.into.rel) is not None:
        return
    query = read_query(schema, node.query)
    relation = new_relation(schema, node.into.rel, "materialized view" if is_view else "table")
    _take_output(schema, relation, query, strings(node.into.col_names))
    if is_view:
        link_view(relation, query)


def create_view(schema: Schema, node: Any) -> None:
    """CREATE [OR REPLACE] VIEW."""
    query = read_query(schema, node.query)
    view = schema.relation_of(node.view) if node.replace else None
    if view is None:
        view = new_relation(schema, node.view, "view")
    unlink_view(view)
    _take_output(schema, view, query, strings(node.aliases))
    link_view(view, query)


def _take_output(schema: Schema, relation: Relation, query: Query, names: list[str]) -> None:
    old = relation.columns
    relation.columns = {}
    for position, (name, source) in enumerate(query.outputs):
        shown = names[position] if position < len(names) else name
        column = old.get(shown) or Column(relation, shown, None, created_in=schema.label)
        if source is not None:
            column.type, column.user_type, column.collation = source.type, source.user_type, source.collation
        relation.columns[shown] = column


def link_view(view: Relation, query: Query) -> None:
    """Make its sources know the view."""
    sources = (source for source in query.relations if source is not view)
    view.uses = [source for source in sources if not source.is_assumed or source.columns]
    view.used_columns = set(query.columns)
    view.used_functions = query.functions
    for source in view.uses:
        source.used_by.append(view)


def unlink_view(view: Relation) -> None:
    """Undo it."""
    for source in view.uses:
        if view in source.used_by:
            source.used_by.remove(view)
    view.uses, view.used_columns = [], set()


def create_sequence(schema: Schema, node: Any) -> None:
    """CREATE SEQUENCE."""
    if node.if_not_exists and schema.relation_of(node.sequence) is not None:
        return
    sequence = new_relation(schema, node.sequence, "sequence")
    set_owner(schema, sequence, node.options)


def set_owner(schema: Schema, sequence: Relation, options: Any) -> None:
    """OWNED BY of CREATE and ALTER SEQUENCE."""
    for item in options:
        if item.def_elem.defname != "owned_by":
            continue
        names = strings(item.def_elem.arg.list.items)
        if sequence.owner is not None and sequence in sequence.owner.table.owned_sequences:
            sequence.owner.table.owned_sequences.remove(sequence)
        sequence.owner = None
        if len(names) > 1:
            table = schema.relation(names[-3] if len(names) > 2 else "", names[-2])  # noqa: PLR2004 - schema.table.column
            sequence.owner = table.columns.get(names[-1]) if table is not None else None
            if sequence.owner is not None:
                sequence.owner.table.owned_sequences.append(sequence)


def alter_sequence(schema: Schema, node: Any) -> None:
    """ALTER SEQUENCE: only its owner matters here."""
    sequence = schema.relation_of(node.sequence)
    if sequence is not None:
        set_owner(schema, sequence, node.options)


def refers_to_sequences(schema: Schema, expression: Any) -> list[Relation]:
    """Sequences that a query asks, as RI and defaults do."""
    return sequences_in(schema, expression)
