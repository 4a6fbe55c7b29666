"""The operator's questions: what was neither tried nor read is never answered with no, and no answer contradicts the SQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.checking.risk.answers import answer_questions
from deploy.checking.risk.evidence import PendingRevision, from_rendered, from_trace
from deploy.checking.risk.facts import Facts
from deploy.checking.risk.judge import Judged, judge_run
from deploy.checking.risk.review import review
from deploy.checking.risk.windows import lock_windows
from deploy.model.check import Answer
from deploy.model.effects import Drop, Effects
from deploy.model.risk import RevisionSql
from deploy.model.snapshot import TableSize
from deploy.model.trace import DowngradeTrial, TracedRevision, TracedRun, TracedStatement

SCHEMA = """CREATE TABLE orders (id bigint PRIMARY KEY, total int, note text UNIQUE);
CREATE INDEX orders_total ON orders (total); CREATE TABLE readers (id bigint, phone text);"""
SERVER = "PostgreSQL 15.18 (host)"
DROPS, DATA, DOWNTIME, ROLLBACK, OLD_CODE = range(5)


def texts(*sqls: str | None) -> tuple[PendingRevision, ...]:
    return from_rendered([
        RevisionSql(f"r{n}", "", sql, "" if sql is not None else "TypeError: no data offline", f"r{n}.py", True)
        for n, sql in enumerate(sqls, start=1)
    ])


def a_run(*revisions: tuple[str, ...], error: str = "", **changes: object) -> TracedRun:
    """Statements that ran, by revision; the last one failed where there is an error."""
    seen = []
    for number, sqls in enumerate(revisions, start=1):
        statements = [TracedStatement(f"r{number}", f"r{number}.py", 0, sql, number, Effects()) for sql in sqls]
        if error and number == len(revisions):
            statements[-1] = TracedStatement(f"r{number}", f"r{number}.py", 0, sqls[-1], number, Effects(error=error))
        seen.append(TracedRevision(f"r{number}", "", f"r{number}.py", tuple(statements)))
    return TracedRun(SERVER, 15, tuple(seen), error=error, is_error_of_sql=bool(error), **changes)  # type: ignore[arg-type]


def judged(evidence: tuple[PendingRevision, ...], rows: int | None = 1000) -> Judged:
    sizes = {} if rows is None else {name: TableSize(name, rows, rows * 100, 0) for name in ("orders", "readers")}
    facts = Facts(existing_tables=frozenset({"orders", "readers"}), schema_sql=SCHEMA, sizes=sizes)
    return judge_run(evidence, facts)


def answers(
    evidence: tuple[PendingRevision, ...], *, rows: int | None = 1000, is_tried: bool = True
) -> tuple[Answer, ...]:
    found = judged(evidence, rows)
    return answer_questions(
        evidence, found.report, found.statements, lock_windows(found.statements), sizes_are_known=rows is not None,
        is_tried=is_tried,
    )


def of_run(run: TracedRun, *sqls: str | None) -> tuple[PendingRevision, ...]:
    read = texts(*sqls)
    return from_trace(run, read, {revision.revision_id: True for revision in read})


FAILING = ("ALTER TABLE nosuch ADD COLUMN x int;", "ALTER TABLE readers DROP COLUMN phone;")
REFUSED = 'relation "nosuch" does not exist'


def test_what_stands_behind_a_failing_revision_is_judged_by_its_text() -> None:
    run = a_run(("ALTER TABLE nosuch ADD COLUMN x int",), error=REFUSED)
    found = answers(of_run(run, *FAILING))
    assert found[DROPS].answer.startswith("yes: readers.phone")
    assert "r2 may break it" in found[OLD_CODE].answer
    assert not any(answer.answer.startswith(("no", "none", "yes: it")) for answer in found if answer.is_known)


def test_what_stands_behind_a_failing_statement_of_the_same_revision_is_judged_by_its_text() -> None:
    sql = "CREATE TABLE a (id int); ALTER TABLE nosuch ADD COLUMN x int; DROP TABLE orders;"
    run = a_run(("CREATE TABLE a (id int)", "ALTER TABLE nosuch ADD COLUMN x int"), error=REFUSED)
    [revision] = of_run(run, sql)
    [failure] = [f for f in judged((revision,)).report.findings if f.rule == "migration_fails"]
    assert "nosuch" in failure.statement
    assert [item.sql.strip() for item in revision.statements][2:] == ["DROP TABLE orders"]
    assert answers((revision,))[DROPS].answer.startswith("yes: orders")


def test_a_statement_whose_parameters_are_literals_offline_is_found_by_its_line() -> None:
    pieces = ((7, "INSERT INTO readers (phone) VALUES ('1');"), (8, "DROP TABLE orders;"))
    read = from_rendered([RevisionSql("r1", "", "".join(t for _, t in pieces), "", "r1.py", True, pieces)])
    failed = TracedStatement("r1", "r1.py", 7, "INSERT INTO readers (phone) VALUES ($1)", 1, Effects(error="no"))
    run = TracedRun(SERVER, 15, (TracedRevision("r1", "", "r1.py", (failed,)),), error="no", is_error_of_sql=True)
    [revision] = from_trace(run, read, {})
    assert [item.sql.strip() for item in revision.statements] == [failed.sql, "DROP TABLE orders"]


def test_what_was_neither_tried_nor_read_is_not_known_and_says_why() -> None:
    run = a_run(("ALTER TABLE nosuch ADD COLUMN x int",), error=REFUSED)
    found = answers(of_run(run, FAILING[0], None))
    assert [answer.is_known for answer in found] == [False] * 5
    assert all(answer.is_good is False for answer in found)
    assert all("r1" in answer.answer for answer in found)


def test_an_env_that_cannot_be_read_answers_nothing_with_no() -> None:
    found = answers(texts(None), is_tried=False)
    assert [answer.is_known for answer in found] == [False] * 5
    assert all("no data offline" in answer.answer for answer in found[:3])


def test_a_no_of_the_text_alone_says_so() -> None:
    found = answers(texts("CREATE TABLE a (id int);"), is_tried=False)
    assert found[DROPS].answer == "no, by its text; nothing was tried"
    assert found[OLD_CODE].answer == "yes: it only adds, by its text; nothing was tried"
    assert not found[ROLLBACK].is_known


def test_what_this_scratch_server_cannot_is_no_failure_of_the_migration() -> None:
    here = "this scratch server, PostgreSQL 15.18 (host), has no extension vector"
    run = a_run(("CREATE EXTENSION vector",), error='extension "vector" is not available', error_here=here)
    evidence = of_run(run, "CREATE EXTENSION vector;", FAILING[1])
    report = judged(evidence).report
    assert not any(revision.failure for revision in report.revisions)
    assert "fails" not in {kind for revision in report.revisions for kind in revision.kinds_of_danger}
    assert here in report.revisions[0].unknown_because
    assert answers(evidence)[DROPS].answer.startswith("yes: readers.phone")


@pytest.mark.parametrize(
    ("sql", "old_code"),
    [
        ("UPDATE orders SET total = 1;", "rows of orders change"),
        ("DROP INDEX orders_total;", "yes: nothing that it uses is removed"),
        ("ALTER TABLE orders ADD COLUMN x int;", "yes: it only adds"),
        ("ALTER TABLE orders ALTER COLUMN total DROP NOT NULL;", "yes: nothing that it uses is removed"),
        ("DELETE FROM orders;", "perhaps not: r1 may break it"),
    ],
)
def test_older_code_survives_what_the_statement_really_does(sql: str, old_code: str) -> None:
    assert old_code in answers(texts(sql))[OLD_CODE].answer


@pytest.mark.parametrize("sql", ["DELETE FROM orders WHERE id > 5;", "UPDATE orders SET total = 1;"])
def test_changed_rows_are_data_and_no_drop_also_where_sizes_are_not_known(sql: str) -> None:
    found = answers(texts(sql), rows=None)
    assert found[DROPS].answer == "no"
    assert "changes rows of orders; how many is not known" in found[DATA].answer
    assert "wait until COMMIT" in found[DOWNTIME].answer


def test_emptying_a_table_is_no_drop_and_no_good_news() -> None:
    found = answers(texts("TRUNCATE orders;"))[DROPS]
    assert found.answer == "no, but it empties orders"
    assert found.is_good is False


def trial(**changes: object) -> DowngradeTrial:
    return DowngradeTrial("r1", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tried", "answer"),
    [
        (trial(), "yes: the downgrade and a second upgrade were tried, and nothing is lost"),
        (trial(lost=("table a",)), "yes: the downgrade and a second upgrade were tried; going back drops table a with"),
        (trial(error="no such column"), "no: the downgrade of r1 fails: no such column"),
        (trial(missing=("column orders.note",)), "no: the downgrade of r1 removes column orders.note"),
        (trial(left=("type s",), upgrade_error='type "s" already exists'), "no: after the downgrade of r1 the next"),
        (trial(left=("sequence s",)), "yes, but not completely: the downgrade and a second upgrade were tried; sequence s"),
        (trial(is_upgraded_again=False), "yes: the downgrade was tried, a second upgrade was not, and nothing is lost"),
        (trial(error="is not an integer", is_of_rows=True), "not known: the downgrade of r1 ran on empty tables"),
    ],
)
def test_the_way_back_is_answered_by_what_was_tried(tried: DowngradeTrial, answer: str) -> None:
    run = a_run(("CREATE TABLE a (id int)",), downgrades=(tried,))
    assert answers(of_run(run, "CREATE TABLE a (id int);"))[ROLLBACK].answer.startswith(answer)


def test_a_downgrade_that_was_not_tried_is_no_way_back_that_is_known() -> None:
    found = answers(of_run(a_run(("CREATE TABLE a (id int)",), no_downgrades="--run"), "CREATE TABLE a (id int);"))[ROLLBACK]
    assert (found.is_known, found.is_good) == (False, False)
    assert "was not tried, because --run" in found.answer


def test_what_the_upgrade_loses_comes_back_only_from_a_backup() -> None:
    drop = Effects(drops=(Drop("table column", "public.readers.phone"),))
    statement = TracedStatement("r1", "r1.py", 0, "ALTER TABLE readers DROP COLUMN phone", 1, drop)
    run = TracedRun(SERVER, 15, (TracedRevision("r1", "", "r1.py", (statement,)),), downgrades=(trial(),))
    found = answers(of_run(run, FAILING[1]))[ROLLBACK]
    assert found.answer == "no: the downgrades run, but only a backup brings back the content of readers.phone"


def test_a_merge_of_branches_needs_no_downgrade() -> None:
    version = "UPDATE alembic_version SET version_num='r2' WHERE alembic_version.version_num = 'r1';"
    merge = from_rendered([RevisionSql("r1", "", version, "", "r1.py", False)])
    assert answers(merge)[ROLLBACK].answer.startswith("yes")


@pytest.mark.parametrize(
    ("sql", "lines"),
    [
        ("ALTER TABLE orders ADD COLUMN x int NOT NULL DEFAULT 0;", [("ADD COLUMN", "fine: no row is written")]),
        (
            "ALTER TABLE orders ADD COLUMN x int NOT NULL;",
            [("NOT NULL", "without a default: it fails if the table has a row"), ("ADD COLUMN", "fine: no row is written")],
        ),
        ("ALTER TABLE orders ALTER COLUMN total SET NOT NULL;", [("NOT NULL", "reads the existing rows: it fails if there is a null")]),
        ("CREATE UNIQUE INDEX i ON orders (total);", [
            ("CREATE INDEX", "fails if a value exists twice; writers wait without CONCURRENTLY"),
        ]),
        ("CREATE TABLE a (id int); CREATE INDEX i ON a (id);", [
            ("CREATE INDEX", "the table is made by this run: no session waits"), ("CREATE TABLE", "fine"),
        ]),
        ("DELETE FROM orders;", [("DELETE", "loses rows")]),
        ("CREATE TABLE a (id int); DELETE FROM a;", [
            ("DELETE", "the rows are made by this run, or the table has no rows"), ("CREATE TABLE", "fine"),
        ]),
        ("CREATE TABLE a (id int); DROP TABLE a;", [
            ("DROP TABLE", "the table did not exist before: loses nothing"), ("CREATE TABLE", "fine"),
        ]),
        ("ALTER TABLE orders ALTER COLUMN note TYPE varchar;", [("ALTER COLUMN TYPE", "no row is rewritten")]),
    ],
)
def test_the_file_review_says_what_the_statement_does(sql: str, lines: list[tuple[str, str]]) -> None:
    found = review(judged(texts(sql)).statements)
    assert [(line.topic, line.verdict) for line in found] == lines


@pytest.mark.parametrize("sql", ["DROP TABLE orders;", "ALTER TABLE orders DROP COLUMN note;", "CREATE INDEX i ON orders (note);"])
def test_the_file_review_knows_nothing_of_a_statement_that_fails(sql: str) -> None:
    [statement] = judged(texts(sql)).statements
    failed = replace(statement, effects=Effects(error='relation "orders" does not exist'))
    assert [line.verdict for line in review([failed])] == ["not known: it fails on this schema"]


@pytest.mark.parametrize("table", ["alembic_version", "shop_alembic_version", "ops.migrations"])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE {table} SET version_num='r1' WHERE {table}.version_num = 'r0'",
        "INSERT INTO {table} (version_num) VALUES ('r1') RETURNING {table}.version_num",
        "DELETE FROM {table} WHERE {table}.version_num = 'r0'",
    ],
)
def test_alembics_own_row_is_nobodys_data_whatever_its_table_is_called(sql: str, table: str) -> None:
    found = answers(texts(f"ALTER TABLE orders ADD COLUMN x int; {sql.format(table=table)};"))
    assert found[DATA].answer == "no"
    assert found[OLD_CODE].answer == "yes: it only adds"
