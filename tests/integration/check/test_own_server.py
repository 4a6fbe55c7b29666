"""Obligation: `--server URL` tries migrations in a database of its own, drops it, and never touches production."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.check.conftest import binaries_of
from tests.integration.check.other_pythons import NEW, python_with
from tests.integration.check.production import PASSWORD, USER, Production, production_cluster
from tests.integration.check.projects import Project, check, locks_of, make_project

pytestmark = pytest.mark.postgres

DATABASES = "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database"


@pytest.fixture(scope="module")
def own() -> Iterator[Production]:
    """A second cluster, for trying."""
    with production_cluster(binaries_of(15)) as running:
        yield running


def pending(directory: Path, url: str | None = None) -> Project:
    """A project with work of every kind: a rewrite, a scan, a build, a drop, a concurrent index."""
    project = make_project(directory / "p", *(("env_plain", url) if url else ()))
    project.revision("start", None, """
        op.create_table("users", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
    """)
    project.revision("r", "start", """
        op.alter_column("users", "id", type_=sa.BigInteger)
        op.alter_column("users", "name", nullable=False)
        op.create_index("users_name", "users", ["name"])
        op.drop_column("users", "name")
        with op.get_context().autocommit_block():
            op.create_index("users_id", "users", ["id"], postgresql_concurrently=True)
    """)
    return project


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg2", "psycopg", "pg8000"])
def test_a_server_of_ones_own_sees_what_a_scratch_server_sees(driver: str, own: Production, tmp_path: Path) -> None:
    before = own.run(DATABASES)
    is_async = driver == "asyncpg"
    project = pending(tmp_path, None if is_async else f"postgresql+{driver}://shop:secret@127.0.0.1:1/shop")
    words = ("--from", "start", *(() if is_async else ("--python", python_with(*NEW))))

    on_own = check(project, *words, "--server", own.url_of("postgres"))
    on_scratch = check(project, *words, "--major", "15")

    def effects(answer):
        return [(item["sql"], item["measured"]) for item in answer.of("r")]

    assert effects(on_own) == effects(on_scratch)
    assert on_own.report["server_major"] == 15
    assert own.run(DATABASES) == before
    assert PASSWORD not in on_own.stdout + on_own.stderr


def test_plain_sql_runs_on_a_server_of_ones_own(own: Production, tmp_path: Path) -> None:
    before = own.run(DATABASES)
    project = make_project(tmp_path / "p")
    file = tmp_path / "change.sql"
    file.write_text("CREATE TABLE t (id int);\nALTER TABLE t ALTER COLUMN id TYPE bigint;\n", encoding="utf-8")

    answer = check(project, "--sql", str(file), "--transaction", "off", "--server", own.url_of("postgres"))

    altered = answer.one("ALTER TABLE t")
    assert altered["measured"]["rewrites"] == ["t"]
    assert locks_of(altered) == {"t": "ACCESS EXCLUSIVE"}
    assert own.run(DATABASES) == before


def test_the_database_that_the_url_names_is_left_as_it_was(own: Production, tmp_path: Path) -> None:
    own.run("CREATE TABLE IF NOT EXISTS users (mine int)")
    before = json.loads(own.state())

    check(pending(tmp_path), "--from", "start", "--server", own.url)

    after = json.loads(own.state())
    assert [after[key] for key in ("relations", "columns", "written", "databases")] == [
        before[key] for key in ("relations", "columns", "written", "databases")
    ]


def test_a_failing_migration_leaves_no_database_behind(own: Production, tmp_path: Path) -> None:
    before = own.run(DATABASES)
    project = make_project(tmp_path / "p")
    project.revision("r", None, 'raise RuntimeError("no")')

    answer = check(project, "--server", own.url_of("postgres"))

    assert answer.exit_code == 1
    assert own.run(DATABASES) == before


@pytest.mark.parametrize("is_by_socket", [False, True], ids=["by its name", "by its socket"])
@pytest.mark.parametrize("database", ["shop", "postgres"])
def test_production_itself_is_refused_as_the_server_to_try_on(
    database: str, is_by_socket: bool, shop: Production, tmp_path: Path
) -> None:
    shop.run("CREATE TABLE alembic_version (version_num varchar(32))", "INSERT INTO alembic_version VALUES ('start')")
    before = shop.run(DATABASES)
    named = shop.url_of(database).replace("127.0.0.1", "localhost")
    if is_by_socket:
        directory = shop.run("SHOW unix_socket_directories")
        named = f"postgresql://{USER}:{PASSWORD}@/{database}?host={directory}&port={shop.port}"

    answer = check(
        pending(tmp_path), "--server", named, variables={"DATABASE_URL": shop.url}, has_database=True
    )

    assert answer.exit_code == 2
    assert answer.error["reference"] == "server-is-production"
    assert shop.run(DATABASES) == before


def test_a_server_that_does_not_answer_is_an_error_without_the_password(tmp_path: Path) -> None:
    answer = check(pending(tmp_path), "--server", f"postgresql://shop:{PASSWORD}@127.0.0.1:1/postgres")

    assert answer.exit_code == 1
    assert "127.0.0.1:1" in answer.error["what"]
    assert PASSWORD not in answer.stdout + answer.stderr


def test_a_role_that_is_no_superuser_is_told_so(own: Production, tmp_path: Path) -> None:
    own.run("DROP ROLE IF EXISTS small", "CREATE ROLE small LOGIN CREATEDB PASSWORD 'small'", database="postgres")

    answer = check(pending(tmp_path), "--server", f"postgresql://small:small@127.0.0.1:{own.port}/postgres")

    assert answer.exit_code == 1
    assert answer.error["reference"] == "scratch-server-not-superuser"
    assert "surefoot_scratch" not in own.run(DATABASES)
