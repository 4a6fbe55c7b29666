"""The parser's messages, read field by field: they have no types, so nothing outside of this room should need to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

SERIAL_TYPES = frozenset({"serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"})
_WRAPPERS = frozenset({"Node", "List", "String"})
_CHOICES: dict[tuple[type, str], dict[int, str]] = {}
_TYPE_NAMES: dict[type, str] = {}


def relation_name(relation: Any) -> str:
    """`schema.table`, or `table` where the schema is public or not named."""
    return without_public(f"{relation.schemaname}.{relation.relname}" if relation.schemaname else str(relation.relname))


def without_public(name: str) -> str:
    """The name as statements write it that rely on the search path."""
    return name.removeprefix("public.")


def enum_name(message: Any, field_name: str) -> str:
    """The grammar's own name of an enum value, `AT_DropColumn`."""
    field = message.DESCRIPTOR.fields_by_name[field_name]
    return str(field.enum_type.values_by_number[getattr(message, field_name)].name)


def choice(message: Any, field_name: str) -> str:
    """As `enum_name`, but quick enough to be asked of every statement of a long history."""
    key = (type(message), field_name)
    names = _CHOICES.get(key)
    if names is None:
        values = message.DESCRIPTOR.fields_by_name[field_name].enum_type.values_by_number
        names = _CHOICES[key] = {number: value.name for number, value in values.items()}
    return names.get(getattr(message, field_name), "")


def has_option(items: Iterable[Any], name: str) -> bool:
    """Whether an option of a list in parentheses is on: `(FULL)`, `(FULL true)`, but not `(FULL false)`."""
    values = [item.def_elem.arg for item in items if item.def_elem.defname == name]
    return bool(values) and not _is_off(values[-1])  # PostgreSQL takes the last


def _is_off(value: Any) -> bool:
    """As PostgreSQL's defGetBoolean reads it; no value at all is on."""
    kind = value.WhichOneof("node")
    if kind == "integer":
        return int(value.integer.ival) == 0
    if kind == "boolean":
        return not value.boolean.boolval
    return kind == "string" and value.string.sval.lower() in {"false", "off"}


def strings(items: Iterable[Any]) -> list[str]:
    """The texts of a list of String nodes: the parts of a qualified name."""
    return [item.string.sval for item in items]


def name_parts(node: Any) -> list[str]:
    """The parts of an object's name, in whichever way the grammar wraps it."""
    kind = node.WhichOneof("node")
    if kind == "list":
        return strings(node.list.items)
    if kind == "string":
        return [node.string.sval]
    if kind == "type_name":
        return strings(node.type_name.names)
    if kind == "object_with_args":
        return strings(node.object_with_args.objname)
    return []


def unwrap(node: Any) -> tuple[str, Any]:
    """The kind of a Node and what it holds; an empty kind where it holds nothing."""
    kind = node.WhichOneof("node")
    return (kind, getattr(node, kind)) if kind else ("", None)


def parts(node: Any) -> Iterator[tuple[str, Any]]:
    """Every message below a node with its type's name (`ColumnRef`), in the order of the text as a rule."""
    todo = [node]
    while todo:
        message = todo.pop()
        name = _TYPE_NAMES.get(type(message))
        if name is None:
            name = _TYPE_NAMES[type(message)] = message.DESCRIPTOR.name
        if name not in _WRAPPERS:
            yield name, message
        if name == "A_Const":
            continue  # nothing below it but its value; a bulk INSERT has hundreds of thousands
        for field, value in reversed(message.ListFields()):
            if field.message_type is None:
                continue
            if field.is_repeated:
                todo.extend(reversed(value))
            else:
                todo.append(value)


def function_calls(node: Any) -> frozenset[str]:
    """Every function that is called below a node, lower case, without schema."""
    calls = (found for name, found in parts(node) if name == "FuncCall")
    return frozenset(call.funcname[-1].string.sval.lower() for call in calls if call.funcname)


def object_word(node: Any, field: str) -> str:
    """`materialized view`, of a field that holds the grammar's kind of object."""
    word = choice(node, field).removeprefix("OBJECT_").lower()
    return {"matview": "materialized view", "foreign_table": "foreign table", "tabconstraint": "constraint"}.get(
        word, word.replace("_", " ")
    )


def object_names(targets: Iterable[Any]) -> tuple[str, ...]:
    """What a DROP of any kind names, `schema.name`."""
    names = (without_public(".".join(name_parts(target))) for target in targets)
    return tuple(name for name in names if name)


def role_name(role: Any) -> str:
    """A role's name, or the words that stand for one: `CURRENT_USER`."""
    words = choice(role, "roletype").removeprefix("ROLESPEC_")
    return str(role.rolename) if words == "CSTRING" else words
