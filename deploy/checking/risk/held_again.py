"""Locks that a statement needs, and that its own transaction holds already: no measurement shows them a second time.

A measurement sees what is newly taken. What was measured as held is needed again where the statement changes that
table; how strongly, its words tell, and never more strongly than it is held (PostgreSQL's manual: "Explicit Locking").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from deploy.checking.risk.mentioned import named_relations, statements_of_body
from deploy.checking.risk.schema_around import ConstraintAround, SchemaAround, index_named, relation_named
from deploy.checking.statements import Statement, choice, name_parts, relation_name
from deploy.model.effects import RelationLock
from deploy.model.locks import LockMode

SUE, SRE, AE = LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.SHARE_ROW_EXCLUSIVE, LockMode.ACCESS_EXCLUSIVE
# On every relation that they write out.
MODES = {
    "create_trig_stmt": SRE, "create_stats_stmt": SUE, "rename_stmt": AE, "alter_object_schema_stmt": AE,
    "create_policy_stmt": AE, "alter_policy_stmt": AE, "rule_stmt": AE, "truncate_stmt": AE,
}
WEAK_COMMANDS = frozenset({
    "AT_SetStatistics", "AT_SetOptions", "AT_ResetOptions", "AT_SetRelOptions", "AT_ResetRelOptions", "AT_ClusterOn",
    "AT_DropCluster", "AT_ValidateConstraint", "AT_AttachPartition",
})
# They reach across a foreign key.
LINKING_COMMANDS = frozenset({"AT_DropColumn", "AT_DropConstraint", "AT_AlterColumnType"})
OF_A_TABLE = frozenset({"OBJECT_TRIGGER", "OBJECT_RULE", "OBJECT_POLICY"})
RELATIONS = frozenset({"OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_FOREIGN_TABLE"})

Needs = Iterator[tuple[str, LockMode]]


def held_again(
    statement: Statement, schema: SchemaAround | None, held: Mapping[str, LockMode]
) -> tuple[RelationLock, ...]:
    """The locks of `held` that the statement needs again."""
    if not held or statement.node is None:
        return ()
    found: dict[str, LockMode] = {}
    for name, mode in _needs(statement, schema):
        known = _held_name(name, held)
        if known is not None:
            found[known] = max(min(mode, held[known]), found.get(known, LockMode.ACCESS_SHARE))
    return tuple(RelationLock(name, _kind(name, schema), mode) for name, mode in sorted(found.items()))


def _held_name(name: str, held: Mapping[str, LockMode]) -> str | None:
    """The measured name of a relation whose text leaves out the schema."""
    if name in held:
        return name
    return next((known for known in held if known.endswith(f".{name}")), None) if "." not in name else None


def _kind(name: str, schema: SchemaAround | None) -> str:
    found = schema.find(name) if schema is not None else None
    return found.kind if found is not None else "table"


def _needs(statement: Statement, schema: SchemaAround | None) -> Needs:
    """Names and modes; the same name may come more than once."""
    tell = _TELL.get(statement.kind)
    if tell is not None:
        yield from tell(statement.node, schema)
    elif statement.kind in MODES:
        for name in named_relations(statement):
            yield name, MODES[statement.kind]


def _create_index(node: Any, schema: SchemaAround | None) -> Needs:
    name = relation_name(node.relation)
    yield name, LockMode.SHARE
    for part in _below(name, schema) if node.relation.inh else ():
        yield part, LockMode.SHARE


def _create_table(node: Any, schema: SchemaAround | None) -> Needs:
    """What it refers to, and what it is a part of."""
    del schema
    for item in node.inh_relations:
        yield relation_name(item.range_var), AE if node.HasField("partbound") else SUE
    for item in node.table_elts:
        kind = item.WhichOneof("node")
        constraints = item.column_def.constraints if kind == "column_def" else [item] if kind == "constraint" else []
        yield from _referred(part.constraint for part in constraints)


def _referred(constraints: Iterable[Any]) -> Needs:
    for constraint in constraints:
        if choice(constraint, "contype") == "CONSTR_FOREIGN":
            yield relation_name(constraint.pktable), SRE


def _alter_table(node: Any, schema: SchemaAround | None) -> Needs:
    table = relation_name(node.relation)
    for item in node.cmds:
        command = item.alter_table_cmd
        mode = _mode_of_command(command)
        yield table, mode
        for part in _below(table, schema) if node.relation.inh else ():
            yield part, mode
        yield from _across(command, table, schema)


def _mode_of_command(command: Any) -> LockMode:
    kind = choice(command, "subtype")
    if kind in WEAK_COMMANDS:
        return SUE
    if kind == "AT_AddConstraint" and choice(getattr(command, "def").constraint, "contype") == "CONSTR_FOREIGN":
        return SRE
    is_of_triggers = kind.startswith(("AT_Enable", "AT_Disable")) and "Trig" in kind
    return SRE if is_of_triggers else AE


def _across(command: Any, table: str, schema: SchemaAround | None) -> Needs:
    """Other tables that a command locks: the other side of a foreign key, a partition."""
    kind, definition = choice(command, "subtype"), getattr(command, "def")
    if kind == "AT_AddConstraint":
        yield from _referred([definition.constraint])
    elif kind == "AT_AddColumn":
        yield from _referred(item.constraint for item in definition.column_def.constraints)
    elif kind in {"AT_AttachPartition", "AT_DetachPartition"}:
        yield relation_name(definition.partition_cmd.name), AE
    elif kind in {"AT_AddInherit", "AT_DropInherit"}:
        yield relation_name(definition.range_var), SUE
    elif kind in LINKING_COMMANDS:
        yield from _linked(table, schema, command.name)


def _linked(table: str, schema: SchemaAround | None, name: str = "") -> Needs:
    """The other sides of its foreign keys: of all, or of those that are called so or have such a column."""
    found = relation_named(schema, table)
    if found is None:
        return
    for key in found.foreign_keys():
        if key.target is not None and (not name or _is_of(key, name)):
            yield key.target.shown, AE
    for key in found.referenced_by:
        if not name or any(column.name == name for column in key.target_columns):
            yield key.table.shown, AE


def _is_of(key: ConstraintAround, name: str) -> bool:
    return key.name == name or any(column.name == name for column in key.columns)


def _drop(node: Any, schema: SchemaAround | None) -> Needs:
    kind = choice(node, "remove_type")
    for target in node.objects:
        names = name_parts(target)
        if kind in OF_A_TABLE:
            yield _joined(names[:-1]), AE
        elif kind == "OBJECT_INDEX":
            index = index_named(schema, _joined(names))
            if index is not None:
                yield index.table.shown, AE
        elif kind in RELATIONS:
            yield _joined(names), AE
            yield from _linked(_joined(names), schema)
            yield from _above(_joined(names), schema)


def _comment(node: Any, schema: SchemaAround | None) -> Needs:
    del schema
    names, kind = name_parts(node.object), choice(node, "objtype")
    if kind in OF_A_TABLE | {"OBJECT_COLUMN"}:
        yield _joined(names[:-1]), SUE
    elif kind in RELATIONS:
        yield _joined(names), SUE


def _lock_tables(node: Any, schema: SchemaAround | None) -> Needs:
    mode = LockMode.from_statement(node.mode)
    for item in node.relations:
        name = relation_name(item.range_var)
        yield name, mode
        for part in _below(name, schema) if item.range_var.inh else ():
            yield part, mode


def _do(node: Any, schema: SchemaAround | None) -> Needs:
    """The static statements of a block."""
    body = "".join(item.def_elem.arg.string.sval for item in node.args if item.def_elem.defname == "as")
    for statement in statements_of_body("plpgsql", body) or ():
        yield from _needs(statement, schema)


def _joined(names: list[str]) -> str:
    return ".".join(names).removeprefix("public.")


def _below(table: str, schema: SchemaAround | None) -> list[str]:
    """Its partitions and heirs, of all levels."""
    found = relation_named(schema, table)
    return [part.shown for part in found.family()[1:]] if found is not None else []


def _above(table: str, schema: SchemaAround | None) -> Needs:
    """What it is a partition of."""
    found = relation_named(schema, table)
    if found is not None and found.parent is not None:
        yield found.parent.shown, AE


_TELL: dict[str, Callable[[Any, SchemaAround | None], Needs]] = {
    "index_stmt": _create_index, "create_stmt": _create_table, "alter_table_stmt": _alter_table, "drop_stmt": _drop,
    "lock_stmt": _lock_tables, "comment_stmt": _comment, "do_stmt": _do,
}
