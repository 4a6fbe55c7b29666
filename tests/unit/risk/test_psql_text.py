"""Obligation: an SQL file is read as psql reads it; nothing in it goes unnoticed."""

from __future__ import annotations

import pytest

from deploy.checking.risk.evidence import PendingRevision
from deploy.checking.risk.facts import Facts
from deploy.checking.risk.judge import judge_run
from deploy.checking.risk.psql_text import copies_rows, read_as_psql
from deploy.checking.risk.sql_files import as_pending, read_sql_file
from deploy.checking.statements import UNREADABLE, read_statements
from deploy.model.check import Baseline
from deploy.model.risk import RevisionRisk

WITH_ROWS = """CREATE TABLE users (id int, name text);
COPY users (id,
  name) FROM stdin WITH (FORMAT csv);
1,"a;
b"
2,\\x
\\.
ALTER TABLE users DROP COLUMN name;
"""


def judged(text: str) -> RevisionRisk:
    """What is said of a file that stands alone."""
    (pending,) = as_pending([read_sql_file("01.sql", text)])
    assert isinstance(pending, PendingRevision)
    facts = Facts(baseline=Baseline.REVISION, is_known_production=False)
    return judge_run((pending,), facts).report.revisions[0]


def test_rows_are_no_statements_and_what_stands_behind_them_is_read() -> None:
    read = read_sql_file("01.sql", WITH_ROWS)
    assert [line for _, line in read.statements] == [1, 2, 8]
    assert read.rows == {1: '1,"a;\nb"\n2,\\x\n'}


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("COPY t FROM STDIN;\n1\n\\.\n", "1\n"),
        ("copy t from stdin;\n1\n", "1\n"),  # the end of the file ends them
        ("-- note\nCOPY t FROM STDIN;\r\n1\r\n\\.\r\n", "1\r\n"),
        ("COPY t FROM STDIN;", ""),
    ],
)
def test_where_rows_begin_and_end(text: str, rows: str) -> None:
    assert list(read_sql_file("01.sql", text).rows.values()) == [rows]


@pytest.mark.parametrize("sql", ["COPY t TO STDOUT", "COPY t FROM '/tmp/stdin'", "SELECT 'copy t from stdin'"])
def test_other_statements_wait_for_no_rows(sql: str) -> None:
    assert not copies_rows(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'a\\b'", 'SELECT 1 AS "a\\b"', "SELECT E'\\'; \\\\c x'", "DO $x$ BEGIN PERFORM '\\c'; END $x$",
        "-- \\c other\nSELECT 1", "/* /* \\c */ \\c */ SELECT 1", "SELECT $$\\c$$",
    ],
)
def test_a_backslash_within_quotes_is_no_command(sql: str) -> None:
    read = read_as_psql(sql)
    assert (read.sql, read.commands) == (sql, {})


@pytest.mark.parametrize("command", ["\\set ON_ERROR_STOP on", "\\echo hello", "\\timing", "\\restrict abc", "\\pset x"])
def test_a_command_that_only_tells_psql_something_is_left_out(command: str) -> None:
    read = read_sql_file("01.sql", f"{command}\nSELECT 1;\n")
    assert [line for _, line in read.statements] == [2]


@pytest.mark.parametrize(
    "command",
    ["\\c other", "\\i other.sql", "\\! rm x", "\\copy t from 'x'", "\\o | sh", "\\set x `date`", "SELECT 'x' \\gexec"],
)
def test_a_command_that_may_do_anything_is_unknown(command: str) -> None:
    risk = judged(f"{command}\nSELECT 1;\n")
    assert risk.may_be({"loss"})
    assert "unreadable" in {finding.rule for finding in risk.findings}


def test_a_command_ends_the_statement_before_it() -> None:
    texts = [text.strip() for text, _ in read_sql_file("01.sql", "SELECT 1 \\gx\nSELECT 2;\n").statements]
    assert texts == ["SELECT 1", "SELECT 2"]


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("drpo tabl users", ["drpo tabl users"]), ("SELECT 1;\ndrpo users;\nSELECT 2", ["drpo users"]),
        ("###; SELECT 1", ["###"]), ("SELECT 1; -- nothing", []), (";;", []), ("-- only words", []),
    ],
)
def test_words_that_are_no_sql_do_not_vanish(text: str, unread: list[str]) -> None:
    found = read_statements(text)
    assert [statement.text for statement in found if statement.kind == UNREADABLE] == unread


def test_what_cannot_be_read_has_its_line() -> None:
    assert [statement.line for statement in read_statements("SELECT 1;\n\n-- note\ndrpo users;")] == [1, 4]
