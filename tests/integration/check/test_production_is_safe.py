"""Obligation: a check reads production and changes nothing there, and tells nobody its secrets."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.check.other_pythons import NEW, python_with
from tests.integration.check.production import PASSWORD, Production
from tests.integration.check.projects import (
    Project,
    check,
    check_words,
    clean_environment,
    locks_of,
    make_project,
)

pytestmark = pytest.mark.postgres

SCHEMA = (
    "CREATE TABLE users (id bigint PRIMARY KEY, name text)",
    "INSERT INTO users SELECT g, 'planted-row-value' FROM generate_series(1, 5000) g",
    "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
    "INSERT INTO alembic_version VALUES ('start')",
    "ANALYZE",
)


def pending_on(directory: Path, environment: str, url: str) -> Project:
    """A project whose revision `r` is pending in production."""
    project = make_project(directory / "p", environment, url)
    project.revision("start", None, 'op.create_table("users", sa.Column("id", sa.BigInteger, primary_key=True))')
    project.revision("r", "start", """
        op.execute("DELETE FROM users")
        op.drop_column("users", "name")  # <drop>
    """)
    return project


@pytest.mark.parametrize(
    ("environment", "scheme"),
    [
        ("env_async", "postgresql+asyncpg"), ("env_hard_coded", "postgresql+psycopg2"),
        ("env_hard_coded", "postgresql+psycopg"), ("env_hard_coded", "postgresql+pg8000"),
        ("env_creator", "postgresql"),
    ],
)
def test_a_check_writes_nothing_to_production_whatever_url_the_environment_holds(
    environment: str, scheme: str, shop: Production, tmp_path: Path
) -> None:
    shop.run(*SCHEMA)
    project = pending_on(tmp_path, environment, shop.url_of("shop", scheme))
    words = () if environment == "env_async" else ("--python", python_with(*NEW))
    before = json.loads(shop.state())

    answer = check(project, *words, variables={"DATABASE_URL": shop.url}, has_database=True)

    assert json.loads(shop.state()) == before
    dropped = answer.one("DROP COLUMN name")
    assert dropped["line"] == project.line_of("r", "drop")
    assert locks_of(dropped) == {"users": "ACCESS EXCLUSIVE"}
    assert answer.report["server_major"] == 15


def test_a_revision_that_connects_to_production_by_itself_does_not_arrive(shop: Production, tmp_path: Path) -> None:
    shop.run(*SCHEMA)
    project = make_project(tmp_path / "p", "env_hard_coded", shop.url_of("shop", "postgresql+psycopg2"))
    project.revision("start", None, "pass")
    project.revision("r", "start", f"""
        import psycopg2

        with psycopg2.connect("{shop.url}") as connection:
            connection.cursor().execute("DROP TABLE users")
    """)
    before = json.loads(shop.state())

    answer = check(
        project, "--python", python_with(*NEW), variables={"DATABASE_URL": shop.url}, has_database=True
    )

    assert json.loads(shop.state()) == before
    assert answer.one("DROP TABLE users")["is_loss"]


def test_a_password_is_neither_told_nor_seen_in_a_process_list(shop: Production, tmp_path: Path) -> None:
    shop.run(*SCHEMA)
    project = pending_on(tmp_path, "env_async", shop.url_of("shop", "postgresql+asyncpg"))
    project.revision("slow", "r", 'op.execute("SELECT pg_sleep(1)")')
    seen: set[str] = set()
    running = subprocess.Popen(
        check_words("--json", "--output", str(tmp_path / "preview.sql")), cwd=project.directory,
        env=clean_environment({"DATABASE_URL": shop.url}), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    while running.poll() is None:
        seen |= command_lines()
        time.sleep(0.005)
    stdout, stderr = running.communicate()

    assert any("alembic" in line for line in seen), "the project's own Python was never seen: the look came too late"
    assert not [line for line in seen if PASSWORD in line]
    assert PASSWORD not in stdout + stderr
    assert PASSWORD not in (tmp_path / "preview.sql").read_text(encoding="utf-8")
    assert json.loads(stdout)["method"] == "measured"


def test_an_error_of_the_project_that_holds_the_url_is_told_without_its_password(
    shop: Production, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "p", "env_hard_coded", shop.url_of("shop", "postgresql+psycopg2"))
    project.revision("r", None, f'raise RuntimeError("cannot use {shop.url}")')

    answer = check(project, "--python", python_with(*NEW), variables={"DATABASE_URL": shop.url}, has_database=True)

    assert answer.exit_code == 1
    assert "cannot use" in answer.error["what"]
    assert PASSWORD not in answer.stdout + answer.stderr


def command_lines() -> set[str]:
    """Of every process, now."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.add((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue
    return found
