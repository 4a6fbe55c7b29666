"""The bench's tracer on statements of which it is known what they do (design: the truth is measured, not derived)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.adapters.scratch.binaries import all_server_binaries
from tests.bench.check.projects import Project
from tests.bench.check.truths import TrueRevision, true_history

pytestmark = pytest.mark.postgres

ENV = """import asyncio
import os

from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine


def run(connection):
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    engine = create_async_engine(os.environ["TRUTH_URL"])
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
"""
REVISION = '''from alembic import op

revision = "{name}"
down_revision = {down!r}


def upgrade():
{code}
'''
TABLES = (
    "CREATE TABLE parent (id int PRIMARY KEY, name varchar(20), n int)",
    "CREATE TABLE child (id int PRIMARY KEY, parent_id int, note text)",
)
SHAPES: Mapping[str, tuple[tuple[str, frozenset[str]], ...]] = {
    "plain": (
        ("ALTER TABLE parent ADD COLUMN x int", frozenset({"block"})),
        ("SELECT count(*) FROM parent", frozenset()),
        ("UPDATE parent SET n = 1", frozenset()),
        ("CREATE INDEX ON parent (n)", frozenset({"block", "long"})),
        ("ALTER TABLE parent ALTER COLUMN name TYPE varchar(40)", frozenset({"block"})),
        ("ALTER TABLE parent ALTER COLUMN n TYPE bigint", frozenset({"block", "long", "rewrite"})),
        ("ALTER TABLE child ADD CHECK (id > 0)", frozenset({"block", "long"})),
        ("ALTER TABLE child ADD FOREIGN KEY (parent_id) REFERENCES parent", frozenset({"block", "long"})),
    ),
    "new_tables": (
        ("CREATE TABLE fresh (id int REFERENCES parent)", frozenset({"block"})),
        ("CREATE INDEX ON fresh (id)", frozenset()),
        ("ALTER TABLE fresh ADD FOREIGN KEY (id) REFERENCES child", frozenset({"block"})),
        ("ALTER TABLE fresh ALTER COLUMN id TYPE bigint", frozenset({"block"})),  # its foreign keys are made anew
        ("DROP TABLE fresh", frozenset({"block"})),
    ),
    "loss": (
        ("ALTER TABLE child DROP COLUMN note", frozenset({"block", "loss"})),
        ("DROP TABLE IF EXISTS nobody", frozenset()),
        ("TRUNCATE child", frozenset({"block", "long", "rewrite", "loss"})),
        ("DROP TABLE child", frozenset({"block", "loss"})),
    ),
}
CONCURRENTLY = "CREATE INDEX CONCURRENTLY parent_name ON parent (name)"


def write_project(directory: Path) -> Project:
    versions = directory / "migrations" / "versions"
    versions.mkdir(parents=True)
    (directory / "migrations" / "env.py").write_text(ENV, encoding="utf-8")
    ini = directory / "alembic.ini"
    ini.write_text("[alembic]\nscript_location = %(here)s/migrations\n", encoding="utf-8")
    codes = {"tables": [f"    op.execute({sql!r})" for sql in TABLES]}
    codes |= {name: [f"    op.execute({sql!r})" for sql, _ in shapes] for name, shapes in SHAPES.items()}
    codes["concurrent"] = ["    with op.get_context().autocommit_block():", f"        op.execute({CONCURRENTLY!r})"]
    down = None
    for name, lines in codes.items():
        text = REVISION.format(name=name, down=down, code="\n".join(lines))
        (versions / f"{name}.py").write_text(text, encoding="utf-8")
        down = name
    variables = {"TRUTH_URL": "{url}"}
    return Project("toy", Path(sys.executable), ini, ini, variables, "postgresql+asyncpg", versions)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TrueRevision]:
    servers = all_server_binaries()
    if not servers:
        pytest.skip("no PostgreSQL server is available")
    directory = tmp_path_factory.mktemp("truth")
    revisions, error = true_history(write_project(directory), servers[-1], directory)
    assert error == ""
    return {revision.revision_id: revision for revision in revisions}


@pytest.mark.parametrize("name", SHAPES)
def test_each_statement_gets_the_labels_of_what_it_does(name: str, history: dict[str, TrueRevision]) -> None:
    found = [(statement.sql, statement.labels) for statement in history[name].statements]
    assert found == list(SHAPES[name])


def test_an_index_built_concurrently_blocks_nobody(history: dict[str, TrueRevision]) -> None:
    assert [(item.sql, item.labels) for item in history["concurrent"].statements] == [(CONCURRENTLY, frozenset())]


def test_each_statement_knows_its_line(history: dict[str, TrueRevision]) -> None:
    revision = history["plain"]
    lines = revision.path.read_text(encoding="utf-8").splitlines()
    assert all(item.sql in lines[item.line - 1] for item in revision.statements)


def test_a_history_that_fails_says_where_and_keeps_what_ran(tmp_path: Path) -> None:
    servers = all_server_binaries()
    if not servers:
        pytest.skip("no PostgreSQL server is available")
    project = write_project(tmp_path)
    text = REVISION.format(name="broken", down="concurrent", code='    op.execute("ALTER TABLE nobody ADD COLUMN x int")')
    (project.versions / "broken.py").write_text(text, encoding="utf-8")
    revisions, error = true_history(project, servers[-1], tmp_path)
    assert "nobody" in error
    assert [revision.revision_id for revision in revisions][-2:] == ["concurrent", "broken"]
