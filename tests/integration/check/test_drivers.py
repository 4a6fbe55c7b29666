"""Obligation: whatever SQLAlchemy and driver a project has, its statements are seen, also those past SQLAlchemy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.check.other_pythons import NEW, OLD, python_with
from tests.integration.check.projects import Project, check, locks_of, make_project

pytestmark = pytest.mark.postgres

ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"
USERS = 'op.create_table("users", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("name", sa.Text))'
PSYCOPG2 = "postgresql+psycopg2://shop:secret@127.0.0.1:1/shop"
ROUNDS = (
    pytest.param(OLD, PSYCOPG2, id="sqlalchemy-1.4-psycopg2"),
    pytest.param(NEW, PSYCOPG2, id="sqlalchemy-2-psycopg2"),
    pytest.param(NEW, "postgresql+psycopg://shop:secret@127.0.0.1:1/shop", id="sqlalchemy-2-psycopg"),
    pytest.param(NEW, "postgresql+pg8000://shop:secret@127.0.0.1:1/shop", id="sqlalchemy-2-pg8000"),
)
ASYNC_PSYCOPG = ("psycopg", "psycopg_async")


def project_on(directory: Path, url: str, environment: str = "env_plain") -> Project:
    """One revision, `start`, with the table users."""
    project = make_project(directory / "p", environment, url)
    project.revision("start", None, USERS)
    return project


@pytest.mark.parametrize(("requirements", "url"), ROUNDS)
def test_a_project_runs_with_its_own_sqlalchemy_and_driver(
    requirements: tuple[str, ...], url: str, tmp_path: Path
) -> None:
    project = project_on(tmp_path, url)
    project.revision("r", "start", """
        op.get_bind().execute(sa.text("UPDATE users SET name = '100%' WHERE id = :id"), {"id": 1})  # <update>
        op.add_column("users", sa.Column("x", sa.Integer))  # <add>
    """)

    answer = check(project, "--from", "start", "--python", python_with(*requirements))

    updated, added = answer.of("r")
    assert "'100%'" in updated["sql"]
    assert [updated["line"], added["line"]] == [project.line_of("r", mark) for mark in ("update", "add")]
    assert locks_of(added) == {"users": ACCESS_EXCLUSIVE}


@pytest.mark.parametrize(("requirements", "url"), ROUNDS[:3])
def test_an_autocommit_block_is_left_as_the_driver_makes_it(
    requirements: tuple[str, ...], url: str, tmp_path: Path
) -> None:
    project = project_on(tmp_path, url)
    project.revision("r", "start", """
        op.add_column("users", sa.Column("x", sa.Integer))
        with op.get_context().autocommit_block():
            op.create_index("users_x", "users", ["x"], postgresql_concurrently=True)  # <index>
        op.drop_column("users", "name")
    """)

    answer = check(project, "--from", "start", "--python", python_with(*requirements))

    added, built, dropped = answer.of("r")
    assert built["line"] == project.line_of("r", "index")
    assert locks_of(built) == {"users": "SHARE UPDATE EXCLUSIVE"}
    assert added["transaction"] != dropped["transaction"]


@pytest.mark.parametrize(("requirements", "url"), ROUNDS[:3])
def test_a_cursor_of_the_driver_is_watched(requirements: tuple[str, ...], url: str, tmp_path: Path) -> None:
    project = project_on(tmp_path, url)
    project.revision("r", "start", """
        cursor = op.get_bind().connection.cursor()
        cursor.execute("ALTER TABLE users DROP COLUMN name")  # <drop>
        cursor.close()
    """)

    answer = check(project, "--from", "start", "--python", python_with(*requirements))

    (statement,) = answer.of("r")
    assert statement["line"] == project.line_of("r", "drop")
    assert locks_of(statement) == {"users": ACCESS_EXCLUSIVE}
    assert statement["is_loss"]


@pytest.mark.parametrize(("requirements", "url"), ROUNDS[3:])
def test_what_ran_past_every_hook_is_read_from_the_servers_log(
    requirements: tuple[str, ...], url: str, tmp_path: Path
) -> None:
    project = project_on(tmp_path, url)
    project.revision("r", "start", """
        cursor = op.get_bind().connection.cursor()
        cursor.execute(\"\"\"ALTER TABLE users
            DROP COLUMN name\"\"\")
    """)

    answer = check(project, "--from", "start", "--python", python_with(*requirements))

    (statement,) = answer.of("r")
    assert statement["measured"] is None
    assert statement["is_loss"]
    assert any("ran past SQLAlchemy" in warning for warning in answer.report["warnings"])


@pytest.mark.parametrize("scheme", ASYNC_PSYCOPG)
def test_an_asynchronous_psycopg_is_watched(scheme: str, tmp_path: Path) -> None:
    project = project_on(tmp_path, f"postgresql+{scheme}://shop:secret@127.0.0.1:1/shop", "env_async")
    project.revision("r", "start", """
        op.drop_column("users", "name")  # <drop>
        with op.get_context().autocommit_block():
            op.create_index("users_id", "users", ["id"], postgresql_concurrently=True)
    """)

    answer = check(project, "--from", "start", "--python", python_with(*NEW))

    dropped, built = answer.of("r")
    assert dropped["line"] == project.line_of("r", "drop")
    assert locks_of(dropped) == {"users": ACCESS_EXCLUSIVE}
    assert locks_of(built) == {"users": "SHARE UPDATE EXCLUSIVE"}


@pytest.mark.parametrize("call", ["psycopg2.connect(URL)", 'psycopg2.connect(host="127.0.0.1", port=1, user="shop")'])
def test_a_connection_of_the_driver_itself_is_led_to_the_scratch_server(call: str, tmp_path: Path) -> None:
    project = project_on(tmp_path, PSYCOPG2)
    project.revision("r", "start", f"""
        import psycopg2

        URL = "postgresql://shop:secret@127.0.0.1:1/shop"
        connection = {call}
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE other (id int)")
            cursor.execute("ALTER TABLE users DROP COLUMN name")  # <drop>
        connection.close()
    """)

    answer = check(project, "--from", "start", "--python", python_with(*NEW))

    statement = answer.one("DROP COLUMN name")
    assert statement["line"] == project.line_of("r", "drop")
    assert locks_of(statement) == {"users": ACCESS_EXCLUSIVE}
    assert statement["transaction"] == 0


def test_text_of_several_statements_is_measured_as_a_whole(tmp_path: Path) -> None:
    project = project_on(tmp_path, PSYCOPG2)
    project.revision("r", "start", '''
        op.execute("ALTER TABLE users ADD COLUMN x int; DROP TABLE users")  # <text>
    ''')

    answer = check(project, "--from", "start", "--python", python_with(*NEW))

    statements = answer.of("r")
    assert {item["line"] for item in statements} == {project.line_of("r", "text")}
    assert "public.users" in [drop["identity"] for item in statements for drop in item["effects"]["drops"]]
    assert any(item["is_loss"] for item in statements)


def test_an_old_sqlalchemy_is_rendered_too(tmp_path: Path) -> None:
    project = project_on(tmp_path, PSYCOPG2)
    project.revision("r", "start", 'op.drop_column("users", "name")  # <drop>')

    answer = check(project, "--from", "start", "--no-server", "--python", python_with(*OLD))

    statement = answer.one("DROP COLUMN")
    assert statement["line"] == project.line_of("r", "drop")
    assert statement["is_loss"]
