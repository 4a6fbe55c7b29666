"""Obligation: the pending revisions of every shape of history run, each once and in Alembic's order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.check.projects import check, locks_of, make_project

pytestmark = pytest.mark.postgres

USERS = 'op.create_table("users", sa.Column("id", sa.BigInteger, primary_key=True))'
ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"


def test_a_project_with_several_heads_runs_all_of_them(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    project.revision("start", None, USERS)
    project.revision("left", "start", 'op.add_column("users", sa.Column("l", sa.Text))  # <l>')
    project.revision("right", "start", 'op.add_column("users", sa.Column("r", sa.Text))  # <r>')

    answer = check(project, "--from", "start")

    assert sorted(answer.report["to_ids"]) == ["left", "right"]
    assert sorted(answer.revision_ids) == ["left", "right"]
    for revision, mark in (("left", "l"), ("right", "r")):
        statement = answer.one(f"ADD COLUMN {mark} ")
        assert statement["line"] == project.line_of(revision, mark)
        assert locks_of(statement) == {"users": ACCESS_EXCLUSIVE}


def test_one_of_several_heads_runs_alone_when_it_is_named(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    project.revision("start", None, USERS)
    project.revision("left", "start", 'op.add_column("users", sa.Column("l", sa.Text))')
    project.revision("right", "start", 'op.add_column("users", sa.Column("r", sa.Text))')

    answer = check(project, "--from", "start", "--to", "right")

    assert answer.revision_ids == ["right"]
    assert [item["revision_id"] for item in answer.report["statements"]] == ["right"]


def test_a_merge_of_two_branches_runs_after_both(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    project.revision("start", None, USERS)
    project.revision("left", "start", 'op.add_column("users", sa.Column("l", sa.Text))')
    project.revision("right", "start", 'op.add_column("users", sa.Column("r", sa.Text))')
    project.revision("merge", ("left", "right"), 'op.drop_column("users", "l")  # <drop>')

    answer = check(project, "--from", "start")

    assert answer.revision_ids[-1] == "merge"
    assert sorted(answer.revision_ids) == ["left", "merge", "right"]
    (statement,) = answer.of("merge")
    assert (statement["line"], locks_of(statement)) == (project.line_of("merge", "drop"), {"users": ACCESS_EXCLUSIVE})


def test_branches_with_labels_are_named_by_their_labels(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    project.revision("start", None, USERS)
    project.revision("b1", None, 'op.create_table("bills", sa.Column("id", sa.BigInteger))', labels=("billing",))
    project.revision("b2", "b1", 'op.add_column("bills", sa.Column("due", sa.Date))  # <due>')

    answer = check(project, "--from", "start", "--from", "b1", "--to", "billing@head")

    assert answer.revision_ids == ["b2"]
    statement = answer.one("ADD COLUMN due")
    assert statement["line"] == project.line_of("b2", "due")
    assert locks_of(statement) == {"bills": ACCESS_EXCLUSIVE}


def test_a_revision_that_depends_on_another_branch_runs_after_it(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    project.revision("a1", None, USERS)
    project.revision("a2", "a1", 'op.add_column("users", sa.Column("team", sa.BigInteger))')
    project.revision(
        "b1", None, 'op.create_foreign_key("fk", "users", "users", ["team"], ["id"])  # <fk>', depends_on="a2",
        labels=("links",),
    )

    answer = check(project, "--to", "b1")

    assert answer.revision_ids == ["a1", "a2", "b1"]
    statement = answer.one("ADD CONSTRAINT fk")
    assert statement["line"] == project.line_of("b1", "fk")
    assert locks_of(statement)["users"] == "SHARE ROW EXCLUSIVE"


def test_revisions_in_several_directories_are_all_found(tmp_path: Path) -> None:
    project = make_project(
        tmp_path / "p",
        ini_lines=["version_locations = %(here)s/migrations/versions %(here)s/billing/revisions", "path_separator = space"],
    )
    project.revision("a1", None, USERS)
    project.revision(
        "b1", None, 'op.create_table("bills", sa.Column("id", sa.BigInteger))  # <bills>', folder="billing/revisions"
    )

    answer = check(project)

    assert sorted(answer.revision_ids) == ["a1", "b1"]
    statement = answer.one("CREATE TABLE bills")
    assert statement["path"] == "billing/revisions/b1.py"
    assert statement["line"] == project.line_of("b1", "bills", "billing/revisions")


def test_a_short_name_of_a_revision_is_understood(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p")
    project.revision("0123456789ab", None, USERS)
    project.revision("ba9876543210", "0123456789ab", 'op.drop_table("users")')

    answer = check(project, "--from", "01234", "--to", "head")

    assert answer.revision_ids == ["ba9876543210"]
