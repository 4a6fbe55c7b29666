"""No rule and no safe form reads the parser's messages: what they know of a statement has types."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.checking.statements import nodes
from scripts import new_rule

RISK = Path(__file__).parents[3] / "deploy" / "checking" / "risk"
# Computed, so that a file that is added tomorrow is held to the same.
FILES = sorted(path for room in ("rules", "run_rules", "safe_forms") for path in (RISK / room).glob("*.py"))
ROOM = "deploy.checking.statements"
TYPED_MODULES = {
    "commands", "constraints", "objects", "partitions", "rewriting", "row_changes", "table_work", "values", "views",
}
TYPED_NAMES = {"SERIAL_TYPES", "UNREADABLE", "Statement", "quoted", "quoted_table", "read_statements", "rewriting", "statement_sql"}
MESSAGES = {"node", "nodes", "_node"}
# What the users of migration checkers meet most.
MET_MOST = (
    "drop_table", "drop_column", "rename_column", "rename_table", "alter_column_type", "alter_column_type_narrows",
    "set_not_null_without_proof", "add_foreign_key", "add_check_constraint", "add_unique_constraint",
    "add_index_not_concurrently", "add_column_not_null_without_default", "add_column_volatile_default",
    "delete_without_where", "update_without_where", "truncate",
)


def untyped(source: str) -> list[str]:
    """What in a file has no types: the parser's messages, and Any."""
    return [f"line {node.lineno}: {what}" for node in ast.walk(ast.parse(source)) for what in _of_node(node)]


def _of_node(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute) and node.attr in MESSAGES:
        yield f".{node.attr}"
    if isinstance(node, ast.Name) and node.id == "Any":
        yield "Any"
    if isinstance(node, ast.Call) and any(isinstance(a, ast.Constant) and a.value == "def" for a in node.args):
        yield 'getattr(…, "def")'
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name.partition(".")[0] == "postgast")
    if isinstance(node, ast.ImportFrom):
        yield from _of_import(node.module or "", [alias.name for alias in node.names])


def _of_import(module: str, names: list[str]) -> Iterator[str]:
    if module == ROOM:
        yield from (f"import {name}" for name in names if name not in TYPED_NAMES)
    elif module.startswith(f"{ROOM}.") and module.removeprefix(f"{ROOM}.") not in TYPED_MODULES:
        yield f"import of {module}"
    elif module.partition(".")[0] == "postgast":
        yield module


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_judges_a_statement_reads_no_message_of_the_parser(path: Path) -> None:
    assert untyped(path.read_text()) == []


def test_the_rules_that_users_meet_most_are_among_them() -> None:
    assert {f"rules/{name}" for name in MET_MOST} <= {f"{path.parent.name}/{path.stem}" for path in FILES}


@pytest.mark.parametrize(
    "source",
    [
        "table = statement.node.relation",
        "found = statement.nodes",
        'column = getattr(command, "def").column_def',
        "def safe_form(command: Any) -> str: ...",
        f"from {ROOM} import Statement, choice",
        f"from {ROOM}.nodes import parts",
        f"from {ROOM} import nodes",
        f"from {ROOM}.deparsing import to_sql",
        "import postgast",
        "from postgast import parse",
        "import postgast.parse",
    ],
)
def test_each_way_to_the_parsers_messages_is_seen(source: str) -> None:
    assert untyped(source)


def test_a_rule_that_make_new_rule_begins_is_typed() -> None:
    assert untyped(new_rule.RULE.format(name="drop_something")) == []


def test_a_helper_that_takes_a_message_is_no_typed_name() -> None:
    assert not TYPED_NAMES - {"SERIAL_TYPES"} & set(vars(nodes))
