"""Obligation: production's own rows are asked whether a new constraint would fail on them, within bounds."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.integration.check.production import Production
from tests.integration.check.projects import Answer, Project, check, make_project

pytestmark = pytest.mark.postgres

SCHEMA = (
    "CREATE TABLE teams (id bigint PRIMARY KEY)",
    "CREATE TABLE users (id bigint PRIMARY KEY, name text, mail text, team bigint, age int)",
    "INSERT INTO teams VALUES (1)",
    "INSERT INTO users SELECT g, 'n' || g, 'm' || g, 1, g FROM generate_series(1, 100) g",
    "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
    "INSERT INTO alembic_version VALUES ('start')",
    "ANALYZE",
)
CASES = (
    pytest.param(
        'op.alter_column("users", "name", nullable=False)', "UPDATE users SET name = NULL WHERE id = 7", id="not null",
    ),
    pytest.param(
        'op.create_unique_constraint("u", "users", ["mail"])', "UPDATE users SET mail = 'm1' WHERE id = 7", id="unique",
    ),
    pytest.param(
        'op.create_index("u", "users", ["mail", "team"], unique=True)', "UPDATE users SET mail = 'm1' WHERE id = 7",
        id="unique index",
    ),
    pytest.param(
        'op.create_foreign_key("f", "users", "teams", ["team"], ["id"])', "UPDATE users SET team = 99 WHERE id = 7",
        id="foreign key",
    ),
    pytest.param(
        'op.create_check_constraint("c", "users", "age < 1000")', "UPDATE users SET age = 2000 WHERE id = 7", id="check",
    ),
    pytest.param(
        'op.execute("ALTER TABLE users ADD CONSTRAINT f FOREIGN KEY (team) REFERENCES teams")',
        "UPDATE users SET team = 99 WHERE id = 7", id="foreign key to the primary key",
    ),
)


def pending(directory: Path, body: str) -> Project:
    """A project with this one revision to come."""
    project = make_project(directory / "p")
    project.revision("start", None, "pass")
    project.revision("r", "start", f"{body}  # <here>")
    return project


def asked(project: Project, production: Production) -> Answer:
    """The check, with production at hand."""
    return check(project, variables={"DATABASE_URL": production.url}, has_database=True)


def failing(answer: Answer) -> set[int]:
    """Lines of the findings that say: it will fail on rows that are there."""
    return {
        finding["line"] for revision in answer.report["risk"]["revisions"] for finding in revision["findings"]
        if finding["rule"] == "fails_on_rows"
    }


@pytest.mark.parametrize(("body", "spoil"), CASES)
def test_a_constraint_that_existing_rows_violate_is_told_to_fail(
    body: str, spoil: str, shop: Production, tmp_path: Path
) -> None:
    shop.run(*SCHEMA, spoil)
    project = pending(tmp_path, body)
    before = json.loads(shop.state())

    answer = asked(project, shop)

    (revision,) = answer.report["risk"]["revisions"]
    assert "fails" in revision["kinds_of_danger"]
    assert failing(answer) == {project.line_of("r", "here")}
    assert answer.exit_code == 3
    assert json.loads(shop.state()) == before


@pytest.mark.parametrize(("body", "spoil"), CASES)
def test_a_constraint_that_no_row_violates_is_not_told_to_fail(
    body: str, spoil: str, shop: Production, tmp_path: Path
) -> None:
    shop.run(*SCHEMA)

    answer = asked(pending(tmp_path, body), shop)

    assert failing(answer) == set()


def test_a_question_that_takes_too_long_is_given_up(shop: Production, tmp_path: Path) -> None:
    shop.run(
        *SCHEMA,
        "CREATE FUNCTION slowly(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN true; END'",
    )
    project = pending(tmp_path, 'op.create_check_constraint("c", "users", "slowly(age)")')
    begun = time.monotonic()

    answer = asked(project, shop)

    assert time.monotonic() - begun < 30
    assert failing(answer) == set()
    assert answer.report["method"] == "measured"


def test_a_question_that_would_write_is_refused_by_production(shop: Production, tmp_path: Path) -> None:
    shop.run(
        *SCHEMA,
        "CREATE TABLE written (id int)",
        "CREATE FUNCTION writes(int) RETURNS boolean LANGUAGE plpgsql AS "
        "'BEGIN INSERT INTO written VALUES ($1); RETURN true; END'",
    )
    project = pending(tmp_path, 'op.create_check_constraint("c", "users", "writes(age)")')

    asked(project, shop)

    assert shop.run("SELECT count(*) FROM written") == 0
