"""Safe forms are Python, whatever the names are called."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from deploy.checking.risk.safe_forms import code
from deploy.checking.statements import quoted
from tests.rules.examples import SCHEMA, Case, cases, folders, judge

# Each breaks something: SQL quoting, Python quoting, comments, SQLAlchemy's parameters, formatting.
NAMES = ["or\nimport os\n\"own\" Bob's \\ :name 100% {brace} 주문", "x" * 63]


def renamed(text: str, name: str) -> str:
    return "\n".join(_renamed(line, name) for line in text.split("\n"))


def _renamed(line: str, name: str) -> str:
    """What steers a case stands in a comment, as JSON: a name is quoted there once more."""
    in_sql = '"' + name.replace('"', '""') + '"'
    written = json.dumps(in_sql)[1:-1] if line.startswith("-- ") else in_sql
    return re.sub(r"(?<![.\w'])orders(?![\w'])", lambda _: written, line)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_a_name_stays_a_name(folder: Path, name: str) -> None:
    for case in cases(folder / "bad.sql"):
        if case.of("measured") or case.of("setting"):
            continue
        other = Case(tuple(renamed(text, name) for text in case.revisions), case.steering, case.setup, renamed(SCHEMA, name))
        for finding in judge(other):
            tree = ast.parse(finding.safe_form)
            imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
            assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
            assert set(imported) <= {"sqlalchemy.dialects"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("orders", "orders"), ("Orders", '"Orders"'), ("order", '"order"'), ('a"b', '"a""b"'), ("a b", '"a b"'),
        ("1a", '"1a"'), ("user", '"user"'), ("current_date", '"current_date"'), ("größe", '"größe"'), ("_x1", "_x1"),
    ],
)
def test_a_name_is_quoted_where_postgresql_needs_it(name: str, shown: str) -> None:
    assert quoted(name) == shown


@pytest.mark.parametrize("sql", ["SELECT 'a:b', x::text", "SELECT ':c'", "SELECT to_char(now(), 'HH24:MI')", "SELECT a[1:2]"])
def test_a_colon_in_sql_is_no_parameter_of_sqlalchemy(sql: str) -> None:
    written = sa.text(argument_of(code.execute(sql))).compile(dialect=postgresql.dialect())
    assert written.params == {}
    assert str(written).replace("%%", "%") == sql


def argument_of(call_text: str) -> str:
    """What `op.execute(…)` is given."""
    call = ast.parse(call_text).body[0]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    return str(ast.literal_eval(call.value.args[0]))


def test_a_long_statement_is_cut_into_strings_that_are_the_same_again() -> None:
    sql = "SELECT " + ", ".join(f"column_{number}" for number in range(60))
    assert argument_of(code.execute(sql)) == sql


@pytest.mark.parametrize(
    "assignment",
    ["quantity = quantity + 1", "placed_at = now()", "placed_at = CURRENT_TIMESTAMP", "price = random()", "note = next_code()",
     "symbol = note, note = symbol"],
)
def test_an_update_whose_rows_are_never_done_is_not_put_into_a_loop(assignment: str) -> None:
    found = judge(Case((f"UPDATE orders SET {assignment} WHERE id > 5",), ()))
    forms = [finding.safe_form for finding in found if finding.rule == "update_rows"]
    assert forms
    assert "while " not in forms[0]


def test_an_update_whose_rows_are_done_once_they_are_changed_is_put_into_a_loop() -> None:
    found = judge(Case(("UPDATE orders SET side = lower(side_code) WHERE id > 5",), ()))
    assert "while " in next(finding.safe_form for finding in found if finding.rule == "update_rows")


def test_a_delete_that_joins_another_table_keeps_its_condition() -> None:
    found = judge(Case(("DELETE FROM orders USING users WHERE orders.user_id = users.id AND users.email = 'x'",), ()))
    form = next(finding.safe_form for finding in found if finding.rule == "delete_rows")
    assert "users.email = 'x'" in form
    assert "ctid" not in form


@pytest.mark.parametrize("table", ["orders", "x" * 63, "주문" * 10])
@pytest.mark.parametrize("column", ["side", "y" * 63, ""])
def test_a_made_name_fits_and_is_none_of_those_it_is_made_from(table: str, column: str) -> None:
    name = code.made_name(table, column, "new")
    assert len(name.encode()) <= 63
    assert name.endswith("_new")
    assert name not in {table, column}


def test_two_columns_of_a_table_with_a_long_name_get_names_of_their_own() -> None:
    assert code.made_name("x" * 63, "side", "check") != code.made_name("x" * 63, "price", "check")
