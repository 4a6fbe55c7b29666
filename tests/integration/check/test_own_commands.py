"""Obligation: a project's own migration command is watched, whatever program it is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.integration.check.conftest import binaries_of
from tests.integration.check.projects import Answer, Project, check, locks_of, make_project

pytestmark = pytest.mark.postgres

SCRIPT = """#!/bin/sh
set -eu
echo "before"
{python} -c 'print("waiting for nothing")'
{python} -m alembic upgrade heads
echo "after"
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Two revisions, and a script that runs them."""
    made = make_project(tmp_path / "p")
    made.revision("start", None, """
        op.create_table("users", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("name", sa.Text))
    """)
    made.revision("r", "start", 'op.drop_column("users", "name")  # <drop>')
    script = made.directory / "migrate.sh"
    script.write_text(SCRIPT.format(python=sys.executable), encoding="utf-8")
    script.chmod(0o755)
    return made


def assert_drop_is_seen(project: Project, answer: Answer) -> None:
    """With revision, file, line and lock."""
    (dropped,) = answer.of("r")
    assert (dropped["path"], dropped["line"]) == ("migrations/versions/r.py", project.line_of("r", "drop"))
    assert locks_of(dropped) == {"users": "ACCESS EXCLUSIVE"}
    assert dropped["is_loss"]


@pytest.mark.parametrize("command", ["-m alembic upgrade heads", "alembic upgrade heads"])
def test_a_command_of_python_is_watched_in_its_process(command: str, project: Project) -> None:
    assert_drop_is_seen(project, check(project, "--run", command))


@pytest.mark.parametrize("command", ["./migrate.sh", "sh -c 'exec ./migrate.sh'"])
def test_a_shell_script_is_watched_in_the_pythons_that_it_starts(command: str, project: Project) -> None:
    (project.directory / "migrate.sh").chmod(0o755)

    assert_drop_is_seen(project, check(project, "--run", command))


def test_a_command_that_fails_is_an_error_with_the_cause_of_its_python(project: Project) -> None:
    project.revision("bad", "r", 'raise RuntimeError("no such tenant")  # <bad>')

    answer = check(project, "--run", "./migrate.sh")

    assert answer.exit_code == 1
    assert "no such tenant" in answer.error["what"]
    assert f"bad.py:{project.line_of('bad', 'bad')}" in answer.error["what"]


def test_a_command_that_ran_no_revision_is_never_reported_as_fine(project: Project) -> None:
    (project.directory / "migrate.sh").write_text("#!/bin/sh\necho nothing\n", encoding="utf-8")

    answer = check(project, "--run", "./migrate.sh")

    assert answer.exit_code != 0


def test_a_program_that_is_not_there_is_named(project: Project) -> None:
    answer = check(project, "--run", "no-such-program up")

    assert answer.exit_code == 1
    assert "no-such-program" in answer.error["what"]


def test_what_another_program_runs_is_told_for_the_revision_that_it_writes(project: Project) -> None:
    psql = binaries_of(15).directory / "psql"
    script = f"{sys.executable} -m alembic upgrade heads --sql | {psql} --quiet --set ON_ERROR_STOP=1"
    (project.directory / "migrate.sh").write_text(f"#!/bin/sh\nset -eu\n{script}\n", encoding="utf-8")

    answer = check(project, "--run", "./migrate.sh")

    assert answer.revision_ids == ["start", "r"]
    (dropped,) = answer.of("r")
    assert "DROP COLUMN name" in dropped["sql"]
    assert dropped["is_loss"]
    assert any("were not measured" in warning for warning in answer.report["warnings"])


def test_a_connection_of_asyncpg_itself_is_read_from_the_servers_log(project: Project) -> None:
    project.revision("raw", "r", """
        import asyncio
        import threading

        import asyncpg

        async def work():
            connection = await asyncpg.connect("postgresql://shop:secret@127.0.0.1:1/shop")
            await connection.execute("CREATE TABLE other (id int)")
            await connection.execute("DROP TABLE other")
            await connection.close()

        thread = threading.Thread(target=lambda: asyncio.run(work()))
        thread.start()
        thread.join()
    """)

    answer = check(project, "--from", "r")

    assert [item["sql"] for item in answer.of("raw")] == ["CREATE TABLE other (id int)", "DROP TABLE other"]
    assert any("were not measured" in warning for warning in answer.report["warnings"])
