"""Obligation: every way in which a revision runs SQL is seen, statement by statement, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.check.projects import Project, check, locks_of, make_project

pytestmark = pytest.mark.postgres

ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"
USERS = """
op.create_table("users", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("name", sa.Text))
op.execute("INSERT INTO users SELECT g, 'n' FROM generate_series(1, 10) g")
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One revision, `start`, with the table users and ten rows."""
    made = make_project(tmp_path / "p")
    made.revision("start", None, USERS)
    return made


def test_each_turn_of_a_loop_is_a_statement_of_its_line(project: Project) -> None:
    project.revision("r", "start", """
        for name in ("a", "b", "c"):
            op.add_column("users", sa.Column(name, sa.Text))  # <add>
    """)

    answer = check(project, "--from", "start")

    assert [item["line"] for item in answer.of("r")] == [project.line_of("r", "add")] * 3
    assert [locks_of(item) for item in answer.of("r")] == [{"users": ACCESS_EXCLUSIVE}, {}, {}]
    assert len({item["transaction"] for item in answer.of("r")}) == 1


def test_a_helper_in_another_module_counts_for_the_line_that_calls_it(project: Project) -> None:
    (project.directory / "shop_helpers.py").write_text(
        "from alembic import op\n\n\ndef drop_name(table):\n    op.drop_column(table, 'name')\n", encoding="utf-8"
    )
    ini = project.directory / "alembic.ini"
    ini.write_text(ini.read_text(encoding="utf-8") + "prepend_sys_path = .\n", encoding="utf-8")
    project.revision("r", "start", """
        from shop_helpers import drop_name

        drop_name("users")  # <call>
    """)

    answer = check(project, "--from", "start")

    (statement,) = answer.of("r")
    assert (statement["path"], statement["line"]) == ("migrations/versions/r.py", project.line_of("r", "call"))
    assert statement["measured"]["drops"] == [
        {"kind": "table column", "identity": "public.users.name", "is_by_cascade": False}
    ]


def test_a_function_of_the_revision_itself_counts_for_its_own_line(project: Project) -> None:
    project.revision("r", "start", 'rename("users")', before="""
        def rename(table):
            op.alter_column(table, "name", new_column_name="label")  # <rename>
    """)

    answer = check(project, "--from", "start")

    (statement,) = answer.of("r")
    assert statement["line"] == project.line_of("r", "rename")


def test_a_batch_is_seen_where_its_block_ends(project: Project) -> None:
    project.revision("r", "start", """
        with op.batch_alter_table("users") as batch:  # <batch>
            batch.add_column(sa.Column("x", sa.Integer))
            batch.drop_column("name")
    """)

    answer = check(project, "--from", "start")

    assert ["ADD COLUMN x" in answer.of("r")[0]["sql"], "DROP COLUMN name" in answer.of("r")[1]["sql"]] == [True, True]
    assert [item["line"] for item in answer.of("r")] == [project.line_of("r", "batch")] * 2
    assert locks_of(answer.of("r")[0]) == {"users": ACCESS_EXCLUSIVE}


def test_a_revision_that_reads_rows_and_inspects_runs(project: Project) -> None:
    project.revision("r", "start", """
        bind = op.get_bind()
        assert "users" in sa.inspect(bind).get_table_names()
        names = bind.execute(sa.text("SELECT DISTINCT name FROM users")).scalars().all()  # <read>
        for name in names:
            op.add_column("users", sa.Column("is_" + name, sa.Boolean))  # <add>
    """)

    answer = check(project, "--from", "start")

    assert answer.one("SELECT DISTINCT name")["line"] == project.line_of("r", "read")
    added = answer.one("ADD COLUMN is_n")
    assert (added["line"], locks_of(added)) == (project.line_of("r", "add"), {"users": ACCESS_EXCLUSIVE})


def test_an_index_that_is_built_concurrently_in_an_autocommit_block_blocks_nobody(project: Project) -> None:
    project.revision("r", "start", """
        op.add_column("users", sa.Column("x", sa.Integer))
        with op.get_context().autocommit_block():
            op.create_index("users_x", "users", ["x"], postgresql_concurrently=True)  # <index>
        op.drop_column("users", "name")
    """)

    answer = check(project, "--from", "start")

    built = answer.one("CREATE INDEX CONCURRENTLY")
    assert built["line"] == project.line_of("r", "index")
    assert locks_of(built) == {"users": "SHARE UPDATE EXCLUSIVE"}
    assert built["measured"]["concurrent_builds"] == [{"index": "users_x", "table": "users"}]
    assert built["measured"]["is_in_transaction"] is False
    before, after = answer.one("ADD COLUMN x"), answer.one("DROP COLUMN name")
    assert before["transaction"] != after["transaction"]


def test_a_concurrent_index_outside_of_an_autocommit_block_is_told_to_fail(project: Project) -> None:
    project.revision("r", "start", 'op.create_index("users_i", "users", ["name"], postgresql_concurrently=True)  # <index>')

    answer = check(project, "--from", "start")

    (statement,) = answer.of("r")
    assert statement["line"] == project.line_of("r", "index")
    assert "cannot run inside a transaction block" in statement["measured"]["error"]
    assert answer.exit_code == 3


def test_a_statement_that_postgresql_refuses_is_a_finding_of_its_line(project: Project) -> None:
    project.revision("r", "start", """
        op.add_column("users", sa.Column("x", sa.Integer))
        op.execute("UPDATE users SET nothing = 1")  # <bad>
        op.drop_column("users", "x")
    """)

    answer = check(project, "--from", "start")

    assert answer.exit_code == 3
    bad = answer.one("UPDATE users")
    assert bad["line"] == project.line_of("r", "bad")
    assert 'column "nothing"' in bad["measured"]["error"]
    (revision,) = answer.report["risk"]["revisions"]
    assert "fails" in revision["kinds_of_danger"]


def test_a_revision_that_python_cannot_run_is_an_error_with_cause_file_and_line(project: Project) -> None:
    project.revision("r", "start", """
        op.add_column("users", sa.Column("x", sa.Integer))
        op.execute({}["missing"])  # <bad>
    """)

    answer = check(project, "--from", "start")

    assert answer.exit_code == 1
    said = answer.stdout + answer.stderr
    assert "KeyError" in said
    assert f"r.py:{project.line_of('r', 'bad')}" in said


def test_values_of_statements_are_not_told(project: Project) -> None:
    project.revision("r", "start", """
        users = sa.table("users", sa.column("id", sa.BigInteger), sa.column("name", sa.Text))
        op.bulk_insert(users, [{"id": 100, "name": "planted-value"}, {"id": 101, "name": "planted-value"}])  # <bulk>
        op.get_bind().execute(
            sa.text("UPDATE users SET name = :name WHERE id = :id"), {"name": "planted-value", "id": 100}  # <values>
        )
        op.execute(sa.text("DELETE FROM users WHERE name = :name").bindparams(name="planted-value"))  # <delete>
    """)

    answer = check(project, "--from", "start")

    assert "planted-value" not in answer.stdout
    inserted, updated, deleted = (answer.one(word) for word in ("INSERT INTO users", "UPDATE users", "DELETE FROM users"))
    assert inserted["line"] == project.line_of("r", "bulk")
    assert updated["line"] == project.line_of("r", "values") - 1
    assert deleted["line"] == project.line_of("r", "delete")
    assert locks_of(inserted)["users"] == "ROW EXCLUSIVE"
    assert "users" not in {**locks_of(updated), **locks_of(deleted)}  # it is held already


def test_a_second_connection_of_the_revision_is_watched_too(project: Project) -> None:
    project.revision("r", "start", """
        other = op.get_bind().engine.connect()
        op.get_bind().execute(sa.text("COMMIT"))
        other.execute(sa.text("ALTER TABLE users ADD COLUMN y int"))  # <other>
        other.commit()
        other.close()
    """)

    answer = check(project, "--from", "start")

    statement = answer.one("ADD COLUMN y")
    assert (statement["line"], locks_of(statement)) == (project.line_of("r", "other"), {"users": ACCESS_EXCLUSIVE})


def test_a_second_connection_that_waits_for_the_first_is_told_to_hang(project: Project) -> None:
    project.revision("r", "start", """
        op.add_column("users", sa.Column("x", sa.Integer))
        with op.get_bind().engine.connect() as other:
            other.execute(sa.text("ALTER TABLE users ADD COLUMN y int"))  # <other>
    """)

    answer = check(project, "--from", "start")

    assert answer.exit_code == 3
    statement = answer.one("ADD COLUMN y")
    assert statement["line"] == project.line_of("r", "other")
    assert "another connection of this migration" in statement["measured"]["error"]
