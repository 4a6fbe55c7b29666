"""What env.py and the revisions say of themselves: where the revision is kept, and what commits before its end."""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from deploy.checking.alembic.project import AlembicProject, local_python
from tests.integration.check.projects import Project, make_project

PLAIN = """
from alembic import context
from sqlalchemy import create_engine, text

{before}

def run():
    engine = create_engine("postgresql+asyncpg://shop:secret@127.0.0.1:1/shop"{engine})
    with engine.connect() as connection:
        {prepare}
        context.configure(connection=connection{words})
        with context.begin_transaction():
            context.run_migrations()

if context.is_offline_mode():
    context.configure(url="postgresql://", literal_binds=True{offline})
    with context.begin_transaction():
        context.run_migrations()
else:
    run()
"""
ASYNC = """
import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def run(connection):
    context.configure(connection=connection, version_table="shop_version", version_table_schema="shop")
    with context.begin_transaction():
        context.run_migrations()

async def main():
    async with create_async_engine("postgresql+asyncpg://shop@127.0.0.1:1/shop").connect() as connection:
        await connection.run_sync(run)

asyncio.run(main())
"""


def plain(*, before: str = "", engine: str = "", prepare: str = "pass", words: str = "", offline: str = "") -> str:
    return PLAIN.format(before=before, engine=engine, prepare=prepare, words=words, offline=offline)


ENVIRONMENTS = {
    "Alembic's default": (plain(), ["alembic_version", None]),
    "a name": (plain(words=', version_table="shop_version"'), ["shop_version", None]),
    "a name that is computed": (
        plain(before='NAME = "_".join(["shop", "version"])', words=", version_table=NAME"), ["shop_version", None],
    ),
    "only where it connects": (plain(words=', version_table_schema="shop"'), ["alembic_version", "shop"]),
    "online, not the other one of offline": (
        plain(words=', version_table="a"', offline=', version_table="b"'), ["a", None],
    ),
    "a search_path that is set": (
        plain(prepare='connection.execute(text("set search_path to shop, public"))'), ["alembic_version", "shop"],
    ),
    "a search_path of the engine": (
        plain(engine=', connect_args={"server_settings": {"search_path": "shop"}}'), ["alembic_version", "shop"],
    ),
    "asynchronous": (ASYNC, ["shop_version", "shop"]),
    "no connection, and no name": ("raise RuntimeError('no DATABASE_URL')", ["alembic_version", None]),
}
UNKNOWN = {
    "it fails before": "version_table = 'x'\nraise RuntimeError('no DATABASE_URL')",
    "only where it connects, which fails": plain(
        before="def fail():\n    raise RuntimeError('no vault')", prepare="fail()", words=', version_table="x"',
    ),
}
REVISIONS = {
    "plain": ('op.add_column("orders", sa.Column("cents", sa.Integer))\nop.execute("UPDATE orders SET cents = 1")', ""),
    "commit": ('op.execute("COMMIT")\nop.execute("UPDATE orders SET cents = 1")', "line … commits"),
    "autocommit": (
        'with op.get_context().autocommit_block():\n    op.execute("DELETE FROM orders")', "line … commits",
    ),
    "index": (
        'with op.get_context().autocommit_block():\n    op.create_index("ix", "orders", ["id"], '
        "postgresql_concurrently=True)", "",
    ),
    "own connection": (
        'sa.create_engine("postgresql://x/y").connect().execute(sa.text("DELETE FROM orders"))', "line … commits",
    ),
    "other code": ("import subprocess\nsubprocess.run(['psql'])", "it imports subprocess, which may commit"),
}


def ask(project: Project) -> Any:
    python = local_python(sys.executable, project.directory)
    return AlembicProject(python, "alembic.ini", {"PYTHONDONTWRITEBYTECODE": "1"}).ask("graph")


def project_with(directory: Path, env_text: str) -> Project:
    project = make_project(directory)
    (directory / "migrations" / "env.py").write_text(env_text)
    return project


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_version_table_is_the_one_that_env_py_configures(name: str, tmp_path: Path) -> None:
    env_text, wanted = ENVIRONMENTS[name]
    assert ask(project_with(tmp_path, env_text))["version_table"] == [*wanted, ""]


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_version_table_that_cannot_be_told_is_not_known_and_why(name: str, tmp_path: Path) -> None:
    table, _, problem = ask(project_with(tmp_path, UNKNOWN[name]))["version_table"]
    assert table == ""
    assert "RuntimeError" in problem


def test_what_commits_before_a_revisions_end_is_told(tmp_path: Path) -> None:
    project = project_with(tmp_path, plain())
    down = None
    for name, (body, _) in REVISIONS.items():
        revision = name.replace(" ", "_")
        project.revision(revision, down, body)
        down = revision
    told = {item["revision"]: re.sub(r"\d+", "…", item["commits"]) for item in ask(project)["revisions"]}
    assert told == {name.replace(" ", "_"): commits for name, (_, commits) in REVISIONS.items()}


def test_what_a_revision_takes_from_the_projects_own_modules_counts(tmp_path: Path) -> None:
    project = project_with(tmp_path, plain())
    (tmp_path / "migrations" / "__init__.py").write_text("")
    (tmp_path / "migrations" / "forms.py").write_text(textwrap.dedent("""
        from alembic import op

        def fill():
            with op.get_context().autocommit_block():
                op.execute("UPDATE orders SET cents = 1")

        def harmless():
            op.execute("UPDATE orders SET cents = 1")
    """))
    (tmp_path / "alembic.ini").write_text((tmp_path / "alembic.ini").read_text() + "prepend_sys_path = .\n")
    project.revision("r1", None, "fill()", before="from migrations.forms import fill")
    project.revision("r2", "r1", "harmless()", before="from migrations.forms import harmless")
    told = {item["revision"]: item["commits"] for item in ask(project)["revisions"]}
    assert told == {"r1": "what it imports commits", "r2": ""}


@pytest.mark.parametrize(
    "end", ["try:\n    run()\nfinally:\n    connection.commit()", 'engine.execution_options(isolation_level="AUTOCOMMIT")'],
)
def test_an_env_py_that_commits_what_was_done_before_a_failure_is_known(end: str, tmp_path: Path) -> None:
    project = project_with(tmp_path, f"def never():\n{textwrap.indent(end, '    ')}\n")
    project.revision("r1", None, 'op.execute("UPDATE orders SET cents = 1")')
    project.revision("r2", "r1", 'op.add_column("orders", sa.Column("cents", sa.Integer))')
    told = {item["revision"]: item["commits"] for item in ask(project)["revisions"]}
    assert told == {"r1": "env.py commits what is done before a failure", "r2": ""}
