"""SQL text to statements, by PostgreSQL's own grammar (postgast, libpg_query). The only file that knows the parser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import postgast

MAX_SHOWN_CHARACTERS = 300
# Each rule that reads a statement's text again finds it here; the messages are shared, so nobody may change them.
REMEMBERED_TEXTS = 256
UNREADABLE = "unreadable"
_ROW_CHANGES = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
SERIAL_TYPES = frozenset({"serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"})


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        kind: the node's name in the grammar, `alter_table_stmt`; UNREADABLE where it was not understood.
        node: the parsed node; None where it was not understood.
        text: the SQL without leading comments, shortened.
        full_text: the SQL as it was given, comments included.
        line: 1-based line of its first word in the text that was read.
    """

    kind: str
    node: Any
    text: str
    full_text: str = ""
    line: int = 1

    @cached_property
    def changed_tables(self) -> frozenset[str]:
        """Tables whose rows it changes, inside WITH too. Kept: every later statement of its transaction asks."""
        return frozenset(relation_name(node.relation) for kind in _ROW_CHANGES for node in nodes_of(self, kind))

    @cached_property
    def nodes(self) -> dict[str, list[Any]]:
        """Every message of the statement by its type's name; many rules ask, the tree is walked once."""
        found: dict[str, list[Any]] = {}
        for name, node in parts(self.node) if self.node is not None else ():
            found.setdefault(name, []).append(node)
        return found


@lru_cache(maxsize=REMEMBERED_TEXTS)
def read_statements(sql: str) -> tuple[Statement, ...]:
    """All statements of a text; what cannot be read is a statement of kind UNREADABLE, never an exception."""
    if "\0" in sql:
        # The parser is written in C: it would stop here, and take the rest for nothing.
        return (Statement(UNREADABLE, None, _shorten(sql.replace("\0", "?")), sql.replace("\0", "?")),)
    try:
        parsed = postgast.parse(sql)
    except Exception:  # noqa: BLE001 - syntax errors, nesting too deep, broken text: all are "unreadable"
        return tuple(_read_one_by_one(sql))
    raw = sql.encode()
    statements = []
    for item in parsed.stmts:
        end = item.stmt_location + item.stmt_len if item.stmt_len else len(raw)
        text = raw[item.stmt_location : end].decode(errors="replace")
        above = raw[: item.stmt_location].count(b"\n")
        statements.append(_statement(item.stmt, text, above + _first_word_line(text)))
    return tuple(statements)


def _first_word_line(text: str) -> int:
    """The line, from 1, on which the statement itself begins: comments and empty lines stand before it."""
    bare = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    return bare[: len(bare) - len(bare.lstrip())].count("\n") + 1


def _read_one_by_one(sql: str) -> Iterator[Statement]:
    try:
        parts = postgast.split(sql, method="scanner")
    except Exception:  # noqa: BLE001 - as above
        parts = [sql]
    for part in parts:
        try:
            found = [_statement(item.stmt, part) for item in postgast.parse(part).stmts]
        except Exception:  # noqa: BLE001 - as above
            found = [Statement(UNREADABLE, None, _shorten(part), part)]
        yield from found


def _statement(node: Any, text: str, line: int = 1) -> Statement:
    kind = node.WhichOneof("node")
    return Statement(kind, getattr(node, kind), _shorten(text), text, line)


def _shorten(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip() and not line.lstrip().startswith("--")]
    return " ".join(" ".join(lines).split())[:MAX_SHOWN_CHARACTERS]


def relation_name(relation: Any) -> str:
    """`schema.table`, or `table` where the schema is public or not named."""
    return _without_public(
        f"{relation.schemaname}.{relation.relname}" if relation.schemaname else str(relation.relname)
    )


def _without_public(name: str) -> str:
    return name.removeprefix("public.")


def dropped_names(statement: Statement) -> frozenset[str]:
    """What a DROP TABLE or DROP INDEX names."""
    return frozenset(
        _without_public(".".join(item.string.sval for item in target.list.items)) for target in statement.node.objects
    )


def to_sql(node: Any) -> str:
    """An expression as SQL again; empty where it cannot be written."""
    try:
        wrapped = postgast.parse("SELECT 1")
        wrapped.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(node)
        return str(postgast.deparse(wrapped)).removeprefix("SELECT ")
    except Exception:  # noqa: BLE001 - whatever the deparser does not know
        return ""


def enum_name(message: Any, field_name: str) -> str:
    """The grammar's own name of an enum value, `AT_DropColumn`."""
    field = message.DESCRIPTOR.fields_by_name[field_name]
    return str(field.enum_type.values_by_number[getattr(message, field_name)].name)


def _descendants(node: Any, node_type: str) -> Iterator[Any]:
    return (found for name, found in parts(node) if name == node_type)


def nodes_of(statement: Statement, node_type: str) -> list[Any]:
    """All nodes of a type (`DeleteStmt`), the statement itself and what it holds inside WITH among them."""
    return list(statement.nodes.get(node_type, ()))


def default_calls(column: Any) -> set[str]:
    """Every function that a column's default calls, lower case, without schema."""
    return {call.funcname[-1].string.sval.lower() for call in _descendants(column, "FuncCall")}


def type_name(column: Any) -> str:
    """The column's type as it was written, lower case, without schema."""
    names = column.type_name.names
    return str(names[-1].string.sval).lower() if names else ""


def is_virtual(column: Any) -> bool:
    """Whether a generated column is computed when it is read (PostgreSQL 18), and nothing is stored."""
    return any(item.constraint.generated_kind == "v" for item in column.constraints)


def column_of_not_null_check(constraint: Any) -> str | None:
    """`c` for CHECK (c IS NOT NULL), None for every other constraint."""
    test = constraint.raw_expr.null_test
    is_check = enum_name(constraint, "contype") == "CONSTR_CHECK"
    if not is_check or enum_name(test, "nulltesttype") != "IS_NOT_NULL" or not test.arg.column_ref.fields:
        return None
    return str(test.arg.column_ref.fields[-1].string.sval)


_CHOICES: dict[tuple[type, str], dict[int, str]] = {}


def choice(message: Any, field_name: str) -> str:
    """As `enum_name`, but quick enough to be asked of every statement of a long history."""
    key = (type(message), field_name)
    names = _CHOICES.get(key)
    if names is None:
        values = message.DESCRIPTOR.fields_by_name[field_name].enum_type.values_by_number
        names = _CHOICES[key] = {number: value.name for number, value in values.items()}
    return names.get(getattr(message, field_name), "")


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


_TYPE_NAMES: dict[type, str] = {}
_WRAPPERS = frozenset({"Node", "List", "String"})


@dataclass(frozen=True)
class Procedure:
    """The body of a PL/pgSQL block, as far as its text tells.

    Attributes:
        queries: the static SQL inside, in its order.
        unknown: why more may happen than they say; empty where nothing can.
    """

    queries: tuple[str, ...]
    unknown: str = ""


def read_procedure(body: str) -> Procedure:
    """The static SQL of a PL/pgSQL body; never raises."""
    quote = "$surefoot_body$"
    if "\0" in body or quote in body:
        return Procedure((), "a procedure that cannot be read")
    found: list[str] = []
    error: Exception | None = None
    for result in ("void", "trigger"):
        try:
            tree = postgast.parse_plpgsql(
                f"CREATE FUNCTION surefoot_body() RETURNS {result} LANGUAGE plpgsql AS {quote}{body}{quote}"
            )
        except Exception as raised:  # noqa: BLE001 - as above
            error = raised
            continue
        is_dynamic = _collect_queries(tree, found)
        return Procedure(tuple(found), "it builds SQL at run time (EXECUTE)" if is_dynamic else "")
    return Procedure((), f"a procedure that cannot be read: {error}")


def _collect_queries(tree: Any, found: list[str]) -> bool:
    """All queries of a parsed body, in order; whether some are only known when it runs."""
    is_dynamic = False
    if isinstance(tree, list):
        for item in tree:
            is_dynamic |= _collect_queries(item, found)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            is_dynamic |= key in _DYNAMIC
            if key == "PLpgSQL_expr" and isinstance(value, dict):
                found.append(_query_of(value))
            else:
                is_dynamic |= _collect_queries(value, found)
    return is_dynamic


_DYNAMIC = frozenset({"PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors", "dynquery"})
# RawParseMode in PostgreSQL's parser/parser.h: 0 is a whole statement, 2 an expression, 3 to 5 an assignment.
_EXPRESSION, _ASSIGNMENTS = 2, (3, 4, 5)


def _query_of(expression: dict[str, Any]) -> str:
    query, mode = str(expression.get("query", "")), expression.get("parseMode", 0)
    if mode == _EXPRESSION:
        return f"SELECT {query}"
    if mode in _ASSIGNMENTS:
        for sign in (":=", "="):
            if sign in query:
                return "SELECT " + query.split(sign, 1)[1]
    return query
