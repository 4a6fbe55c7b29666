"""A statement that is written again with something changed: only that is changed, and the statement itself is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy.checking.statements import Statement, read_statements, statement_sql
from deploy.checking.statements import constraints as k
from deploy.checking.statements import rewriting as w
from deploy.checking.statements.commands import AlterCommand
from deploy.checking.statements.values import Relation
from deploy.checking.statements.views import AlterTable

SEVERAL = (
    'ALTER TABLE ONLY audit."Log" DROP a, ADD COLUMN IF NOT EXISTS "B" int NOT NULL DEFAULT 1 CHECK ("B" > 0), '
    "ADD CONSTRAINT c FOREIGN KEY (d) REFERENCES t (id) NOT ENFORCED, DROP CONSTRAINT e CASCADE"
)
INDEX = "CREATE UNIQUE INDEX IF NOT EXISTS i ON audit.log USING btree (a, lower(b), c) WHERE a > 0"
TABLE = "CREATE TABLE t (a int NOT NULL REFERENCES u (id), b int CHECK (b > 0), FOREIGN KEY (b) REFERENCES v, LIKE w)"


def read(sql: str) -> Statement:
    [statement] = read_statements(sql)
    return statement


def of_command(position: int) -> tuple[Statement, AlterCommand]:
    statement = read(SEVERAL)
    assert isinstance(statement.view, AlterTable)
    return statement, statement.view.commands[position]


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda: w.alter_sql(*of_command(0)), 'ALTER TABLE ONLY audit."Log" DROP a'),
        (
            lambda: w.alter_sql(*of_command(3)),
            'ALTER TABLE ONLY audit."Log" DROP CONSTRAINT e CASCADE',
        ),
        (
            lambda: w.without_constraints(*of_command(1), k.NotNull, k.Default),
            'ALTER TABLE ONLY audit."Log" ADD COLUMN IF NOT EXISTS "B" int CHECK ("B" > 0)',
        ),
        (
            lambda: w.without_if_not_exists(*of_command(1)),
            'ALTER TABLE ONLY audit."Log" ADD COLUMN "B" int NOT NULL DEFAULT 1 CHECK ("B" > 0)',
        ),
        (
            lambda: w.added_not_valid(*of_command(2), "n", Relation("p1", "parts")),
            "ALTER TABLE ONLY parts.p1 ADD CONSTRAINT n FOREIGN KEY (d) REFERENCES t (id) NOT ENFORCED NOT VALID",
        ),
        (
            lambda: w.added_not_valid(*of_command(2), "n", is_enforced=True),
            'ALTER TABLE ONLY audit."Log" ADD CONSTRAINT n FOREIGN KEY (d) REFERENCES t (id) NOT VALID',
        ),
        (
            lambda: w.restricted(read("ALTER TABLE a DROP b CASCADE, DROP CONSTRAINT c CASCADE")),
            "ALTER TABLE a DROP b, DROP CONSTRAINT c",
        ),
        (lambda: w.restricted(read("DROP VIEW a, b.c CASCADE")), "DROP VIEW a, b.c"),
        (lambda: w.restricted(read("DO $$ BEGIN END $$")), "DO $$ BEGIN END $$"),
        (
            lambda: w.joined([read("ALTER TABLE a DROP b"), read("ALTER TABLE a DROP c, DROP d")]),
            "ALTER TABLE a DROP b, DROP c, DROP d",
        ),
        (
            lambda: w.altered_beside(read("ALTER TABLE s.a ADD CONSTRAINT c CHECK (b > 0)"), "n", lambda name: f"{name}2"),
            "ALTER TABLE s.n ADD CONSTRAINT c2 CHECK (b > 0)",
        ),
        (
            lambda: w.index_concurrently(read(INDEX), "j", Relation("p1", "parts")),
            "CREATE UNIQUE INDEX CONCURRENTLY j ON parts.p1 USING btree (a, lower(b), c) WHERE a > 0",
        ),
        (
            lambda: w.index_of_parent_only(read(INDEX), "j"),
            "CREATE UNIQUE INDEX j ON ONLY audit.log USING btree (a, lower(b), c) WHERE a > 0",
        ),
        (
            lambda: w.index_of_first_columns(read("CREATE INDEX i ON a (b, c, d)"), 2),
            "CREATE INDEX CONCURRENTLY i ON a USING btree (b, c)",
        ),
        (lambda: w.without_foreign_keys(read(TABLE)), "CREATE TABLE t (a int NOT NULL, b int CHECK (b > 0), LIKE w)"),
        (lambda: w.without_rows(read("CREATE TABLE t AS SELECT 1")), "CREATE TABLE t AS SELECT 1 WITH NO DATA"),
        (
            lambda: w.domain_not_valid(read("ALTER DOMAIN s.d ADD CHECK (VALUE > 0)"), "n"),
            "ALTER DOMAIN s.d ADD CONSTRAINT n CHECK (value > 0) NOT VALID",
        ),
        (
            lambda: w.function_beside(read("CREATE OR REPLACE FUNCTION s.f() RETURNS int LANGUAGE sql RETURN 1"), "_v2"),
            "CREATE FUNCTION s.f_v2() RETURNS int LANGUAGE sql RETURN 1",
        ),
    ],
)
def test_what_is_written_differs_in_what_was_asked_for_only(write: Callable[[], str], expected: str) -> None:
    before = [statement_sql(read(sql)) for sql in (SEVERAL, INDEX, TABLE)]
    assert " ".join(write().split()) == " ".join(statement_sql(read(expected)).split())
    assert [statement_sql(read(sql)) for sql in (SEVERAL, INDEX, TABLE)] == before, "statements are shared"


def test_what_the_deparser_cannot_be_trusted_with_is_given_as_it_came() -> None:
    assert statement_sql(read("ALTER TYPE t ADD VALUE ''")) == "ALTER TYPE t ADD VALUE ''"
