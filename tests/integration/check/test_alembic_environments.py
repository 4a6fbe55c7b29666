"""Obligation: the project's own env.py runs, however it is written, and is led to the scratch server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.check.other_pythons import NEW, python_with
from tests.integration.check.projects import NO_SERVER_THERE, Answer, Project, check, locks_of, make_project

pytestmark = pytest.mark.postgres

ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"
PSYCOPG2 = "postgresql+psycopg2://shop:secret@127.0.0.1:1/shop"


def with_two_revisions(project: Project) -> Project:
    """`start` makes users, `r` adds a column and drops another."""
    project.revision("start", None, """
        op.create_table("users", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("name", sa.Text))
    """)
    project.revision("r", "start", """
        op.add_column("users", sa.Column("x", sa.Integer))  # <add>
        op.drop_column("users", "name")  # <drop>
    """)
    return project


def assert_both_seen(project: Project, answer: Answer, table: str = "users") -> None:
    """Both statements of `r`, with file, line and lock."""
    added, dropped = answer.of("r")
    assert [added["path"], dropped["path"]] == ["migrations/versions/r.py"] * 2
    assert [added["line"], dropped["line"]] == [project.line_of("r", "add"), project.line_of("r", "drop")]
    assert locks_of(added) == {table: ACCESS_EXCLUSIVE}
    assert dropped["is_loss"]


def test_an_asynchronous_environment_runs(tmp_path: Path) -> None:
    project = with_two_revisions(make_project(tmp_path / "p", "env_async"))

    assert_both_seen(project, check(project, "--from", "start"))


def test_an_environment_that_needs_a_variable_runs_with_env(tmp_path: Path) -> None:
    project = with_two_revisions(make_project(tmp_path / "p", "env_variable"))

    answer = check(
        project, "--from", "start", "--env", f"SHOP_DB_URL={PSYCOPG2}", "--python", python_with(*NEW)
    )

    assert_both_seen(project, answer)


def test_an_environment_without_its_variable_is_an_error_that_names_it(tmp_path: Path) -> None:
    project = with_two_revisions(make_project(tmp_path / "p", "env_variable"))

    answer = check(project, "--from", "start", "--python", python_with(*NEW))

    assert answer.exit_code == 1
    assert "SHOP_DB_URL" in answer.error["what"]
    assert "env.py:" in answer.error["what"]


def test_an_environment_without_offline_mode_is_measured(tmp_path: Path) -> None:
    project = with_two_revisions(make_project(tmp_path / "p", "env_variable"))

    answer = check(
        project, "--from", "start", "--python", python_with(*NEW), variables={"SHOP_DB_URL": PSYCOPG2}
    )

    assert answer.report["method"] == "measured"
    assert_both_seen(project, answer)


def test_an_environment_without_offline_mode_is_unknown_where_nothing_is_tried(tmp_path: Path) -> None:
    project = with_two_revisions(make_project(tmp_path / "p", "env_variable"))

    answer = check(
        project, "--from", "start", "--no-server", "--python", python_with(*NEW), variables={"SHOP_DB_URL": PSYCOPG2}
    )

    (revision,) = answer.report["risk"]["revisions"]
    assert "unknown" in revision["kinds_of_danger"]
    assert answer.exit_code == 3


def test_an_environment_with_tenants_gets_its_x_argument(tmp_path: Path) -> None:
    project = with_two_revisions(make_project(tmp_path / "p", "env_tenants", PSYCOPG2))

    answer = check(
        project, "--from", "start", "--alembic-arg", "tenant=acme", "--python", python_with(*NEW)
    )

    assert_both_seen(project, answer, "acme.users")


def test_each_revision_has_its_transaction_where_the_environment_says_so(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", "env_transaction_per_migration", PSYCOPG2)
    with_two_revisions(project).revision("last", "r", 'op.drop_table("users")')

    answer = check(project, "--python", python_with(*NEW))

    (first,), (second, also_second), (third,) = (answer.of(name) for name in ("start", "r", "last"))
    numbers = [item["transaction"] for item in (first, second, third)]
    assert second["transaction"] == also_second["transaction"]
    assert len(set(numbers)) == 3


def test_a_url_that_is_written_into_the_environment_is_not_gone_to(tmp_path: Path) -> None:
    project = with_two_revisions(make_project(tmp_path / "p", "env_hard_coded", NO_SERVER_THERE))
    env = project.directory / "migrations" / "env.py"
    env.write_text(env.read_text(encoding="utf-8").replace("+asyncpg", "+psycopg2"), encoding="utf-8")

    assert_both_seen(project, check(project, "--from", "start", "--python", python_with(*NEW)))


def test_a_connection_that_the_environment_makes_itself_is_led_too(tmp_path: Path) -> None:
    project = with_two_revisions(
        make_project(tmp_path / "p", "env_creator", "postgresql://shop:secret@127.0.0.1:1/shop")
    )

    assert_both_seen(project, check(project, "--from", "start", "--python", python_with(*NEW)))


def test_a_module_of_the_project_that_is_named_like_one_of_pythons_hides_nothing(tmp_path: Path) -> None:
    project = with_two_revisions(make_project(tmp_path / "p"))
    for name in ("logging", "types", "socket", "importlib"):
        (project.directory / f"{name}.py").write_text("raise RuntimeError('not this one')\n", encoding="utf-8")

    assert_both_seen(project, check(project, "--from", "start"))


@pytest.mark.parametrize("words", [(), ("--no-server",)], ids=["measured", "read"])
def test_a_percent_sign_that_the_environment_does_not_double_is_found_before_production_finds_it(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    project = with_two_revisions(make_project(tmp_path / "p", "env_through_ini"))
    python = ("--python", python_with(*NEW))
    without = check(project, "--from", "start", *python, *words, variables={"DATABASE_URL": PSYCOPG2})
    assert "invalid interpolation" not in without.stdout

    url = PSYCOPG2.replace("secret", "a%40b")
    answer = check(project, "--from", "start", *python, *words, variables={"DATABASE_URL": url})

    assert "invalid interpolation syntax" in answer.stdout
    assert "a%40b" not in answer.stdout + answer.stderr
    if not words:
        assert answer.exit_code == 1
        assert 'url.replace("%", "%%")' in answer.error["hint"]
