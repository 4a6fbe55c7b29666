"""What the bench on real histories found: each case is the smallest that showed it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from deploy.adapters.scratch.binaries import all_server_binaries
from tests.bench.check.ours import PARSED, Answer, check_files, run_check
from tests.bench.check.projects import NOWHERE

BLOCK, LONG = frozenset({"block"}), frozenset({"block", "long"})
FILES = {
    "start": "CREATE TABLE p (id int PRIMARY KEY, n int); CREATE TABLE w (id int); CREATE TABLE old (id int);",
    "made_anew": "DROP TABLE w; CREATE TABLE w (id int PRIMARY KEY, v int UNIQUE);",
    "child_is_new": "CREATE TABLE c (id int, pid int); ALTER TABLE c ADD FOREIGN KEY (pid) REFERENCES p;",
    "child_is_old": "ALTER TABLE c ADD FOREIGN KEY (id) REFERENCES p;",
    "renamed": "ALTER TABLE old RENAME TO young; ALTER TABLE young ADD COLUMN y int;",
    "concurrent": "CREATE INDEX CONCURRENTLY p_n ON p (n);",
    "after_concurrent": "ALTER TABLE p ADD COLUMN z int;",
}
ENV = """import os

import sqlalchemy as sa
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

{body}
"""
OFFLINE = "context.configure(url='postgresql://', literal_binds=True)\ncontext.run_migrations()"
ONLINE = """import asyncio


def run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    async with create_async_engine(os.environ["DATABASE_URL"]).connect() as connection:
        await connection.run_sync(run)


asyncio.run(main())
"""
REVISION = """from alembic import context, op

revision = "r1"
down_revision = None


def upgrade():
    {code}
"""


def write_project(directory: Path, body: str, code: str) -> list[str]:
    versions = directory / "migrations" / "versions"
    versions.mkdir(parents=True)
    (directory / "migrations" / "env.py").write_text(ENV.format(body=body), encoding="utf-8")
    (versions / "r1.py").write_text(REVISION.format(code=code), encoding="utf-8")
    ini = directory / "alembic.ini"
    ini.write_text("[alembic]\nscript_location = %(here)s/migrations\n", encoding="utf-8")
    variable = f"DATABASE_URL=postgresql+asyncpg://{NOWHERE}"
    return ["--config", str(ini), "--python", sys.executable, "--from", "base", "--env", variable]


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    if not all_server_binaries():
        pytest.skip("no PostgreSQL server is available")
    home = tmp_path_factory.mktemp("files")
    paths = []
    for name, sql in FILES.items():
        path = home / f"{name}.sql"
        path.write_text(sql, encoding="utf-8")
        paths.append(path)
    found = check_files(paths, home, all_server_binaries()[-1].major)
    assert found.error == ""
    return found


def labels(answer: Answer, name: str) -> list[frozenset[str]]:
    return [item.labels for item in answer.statements[f"{name}.sql"]]


@pytest.mark.postgres
def test_a_table_made_anew_under_the_name_of_a_dropped_one_is_new(answer: Answer) -> None:
    assert labels(answer, "made_anew") == [frozenset({"block", "loss"}), frozenset()]


@pytest.mark.postgres
def test_a_foreign_key_of_a_new_table_locks_the_other_table_and_reads_nothing(answer: Answer) -> None:
    assert labels(answer, "child_is_new") == [frozenset(), BLOCK]
    assert labels(answer, "child_is_old") == [LONG]


@pytest.mark.postgres
def test_a_renamed_table_is_still_locked_under_its_new_name(answer: Answer) -> None:
    assert labels(answer, "renamed") == [BLOCK, BLOCK]


@pytest.mark.postgres
def test_what_concurrently_read_is_not_taken_for_the_next_transactions_scan(answer: Answer) -> None:
    assert labels(answer, "concurrent") == [frozenset()]
    assert labels(answer, "after_concurrent") == [BLOCK]


@pytest.mark.postgres
def test_a_package_called_types_beside_the_ini_file_does_not_hide_pythons_own(tmp_path: Path) -> None:
    words = write_project(tmp_path, ONLINE, 'op.execute("CREATE TABLE a (id int)")')
    (tmp_path / "types").mkdir()
    (tmp_path / "types" / "__init__.py").write_text("", encoding="utf-8")
    found = run_check(words, tmp_path)
    assert found.error == ""
    assert [item.sql for item in found.statements["r1"]] == ["CREATE TABLE a (id int)"]


def test_a_revision_that_does_less_while_it_is_rendered_is_unknown(tmp_path: Path) -> None:
    code = 'context.is_offline_mode() or op.execute("DROP TABLE a")'
    found = run_check([*write_project(tmp_path, OFFLINE, code), *PARSED], tmp_path)
    assert found.error == ""
    assert "unknown" in found.dangers["r1"]
    assert found.refused == {"r1"}
