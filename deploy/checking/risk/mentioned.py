"""What a statement names: the watch asks the catalog for it before the statement runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.checking.statements import (
    Statement,
    name_parts,
    nodes_of,
    parts,
    read_procedure,
    read_statements,
    relation_name,
    strings,
)
from deploy.checking.statements.row_changes import Delete, Merge, Update

# Rows and settings: what these name is locked for rows only, and no rule asks what stands around it.
NO_SCHEMA_CHANGED = frozenset({
    "insert_stmt", "update_stmt", "delete_stmt", "merge_stmt", "select_stmt", "explain_stmt", "copy_stmt",
    "variable_set_stmt", "variable_show_stmt", "transaction_stmt", "do_stmt", "call_stmt", "execute_stmt",
    "create_function_stmt",
})
QUERIES = frozenset({"select_stmt", "explain_stmt"})
# Of what these call, the bodies are looked at: what they do is not in the text.
RUN_FUNCTIONS = QUERIES | {"do_stmt", "call_stmt", "insert_stmt", "update_stmt", "delete_stmt", "merge_stmt"}
READABLE_LANGUAGES = frozenset({"sql", "plpgsql"})


def mentioned_names(statement: Statement) -> tuple[str, ...]:
    """Bare names of relations, indexes, types and schemas; empty where the statement changes no schema."""
    if statement.node is None or statement.kind in NO_SCHEMA_CHANGED:
        return ()
    return tuple(dict.fromkeys(name for kind, node in parts(statement.node) for name in _names_of(kind, node) if name))


def tables_of_changes(statement: Statement) -> tuple[str, ...]:
    """Bare names of the tables from which it takes rows, or changes them; empty where it changes a schema as well."""
    if statement.kind not in NO_SCHEMA_CHANGED:
        return ()
    changes = (change for change in statement.row_changes if isinstance(change, Delete | Update | Merge))
    return tuple(dict.fromkeys(change.relation.name for change in changes))


def _names_of(kind: str, node: Any) -> Iterator[str]:
    if kind == "RangeVar":
        yield node.relname
    elif kind == "TypeName":
        yield from strings(node.names)[-1:]
    elif kind == "DropStmt":
        for target in node.objects:
            yield from name_parts(target)
    elif kind == "RenameStmt":
        yield node.subname  # of a schema
    elif kind == "ReindexStmt":
        yield node.name


def called_functions(statement: Statement) -> tuple[str, ...]:
    """Bare names of what a query calls, in the order of the text."""
    if statement.kind not in QUERIES:
        return ()
    return tuple(dict.fromkeys(_calls(statement)))


def functions_run(statement: Statement) -> tuple[str, ...]:
    """Bare names of what it calls when it runs, those of the static SQL of its block too."""
    if statement.kind not in RUN_FUNCTIONS:
        return ()
    inner = statements_of_body("plpgsql", body_of_block(statement)) or ()
    return tuple(dict.fromkeys(name for one in (statement, *inner) for name in _calls(one)))


def body_of_block(statement: Statement) -> str:
    """The text of a DO; empty for every other statement."""
    if statement.kind != "do_stmt":
        return ""
    return "".join(item.def_elem.arg.string.sval for item in statement.node.args if item.def_elem.defname == "as")


def _calls(statement: Statement) -> Iterator[str]:
    return (call.funcname[-1].string.sval for call in nodes_of(statement, "FuncCall") if call.funcname)


def statements_of_body(language: str, body: str) -> tuple[Statement, ...] | None:
    """The statements of a function's body; None where they are not all known."""
    if language not in READABLE_LANGUAGES or not body:
        return None
    if language == "sql":
        return read_statements(body)
    procedure = read_procedure(body)
    return None if procedure.unknown else tuple(s for query in procedure.queries for s in read_statements(query))


def named_relations(statement: Statement) -> tuple[str, ...]:
    """Every relation that the statement writes out, as `relation_name` has it."""
    if statement.node is None:
        return ()
    return tuple(dict.fromkeys(relation_name(node) for kind, node in parts(statement.node) if kind == "RangeVar"))
