"""Obligation: the way back is run and not read, and what could not be tried here is no failure and no "no"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.check.projects import Answer, Project, check, locks_of, make_project

pytestmark = pytest.mark.postgres

USERS = 'op.create_table("users", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("name", sa.Text))'
REFUNDS = """
op.create_table("refunds", sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("state", sa.Enum("open", "paid", name="refund_state"), nullable=False))
"""
ROLLBACK = "Is there a rollback plan?"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One revision, `start`, with the table users."""
    made = make_project(tmp_path / "p")
    made.revision("start", None, USERS)
    return made


def of_rule(answer: Answer, rule: str) -> list[Any]:
    return [f for r in answer.report["risk"]["revisions"] for f in r["findings"] if f["rule"] == rule]


def asked(answer: Answer, question: str) -> Any:
    [found] = [item for item in answer.report["answers"] if item["question"] == question]
    return found


def test_a_type_that_a_downgrade_leaves_stops_the_next_upgrade_and_is_told(project: Project) -> None:
    project.revision("r", "start", REFUNDS, downgrade='op.drop_table("refunds")')

    answer = check(project, "--from", "start")

    [finding] = of_rule(answer, "upgrade_fails_after_downgrade")
    assert "leaves type refund_state" in finding["says"]
    assert 'DROP TYPE refund_state' in finding["safe_form"]
    assert asked(answer, ROLLBACK)["answer"].startswith("no: after the downgrade of r the next upgrade fails")


def test_a_whole_way_back_is_known_to_be_one_and_names_what_goes(project: Project) -> None:
    project.revision("r", "start", REFUNDS, downgrade="""
        op.drop_table("refunds")
        op.execute("DROP TYPE refund_state")
    """)
    project.revision("s", "r", 'op.add_column("users", sa.Column("code", sa.Integer))  # <add>', downgrade="""
        op.drop_column("users", "code")
    """)

    answer = check(project, "--from", "start")

    said = asked(answer, ROLLBACK)
    assert (said["is_known"], said["is_good"]) == (True, True)
    assert "going back drops table refunds, column users.code" in said["answer"]
    assert not [rule for rule in ("downgrade_fails", "downgrade_differs") if of_rule(answer, rule)]
    [added] = answer.of("s")
    assert locks_of(added) == {"users": "ACCESS EXCLUSIVE"}, "the looks at the schema leave no lock that hides one"


def test_a_downgrade_that_drops_another_column_or_fails_on_every_row_is_told(project: Project) -> None:
    project.revision("r", "start", 'op.add_column("users", sa.Column("code", sa.Integer))', downgrade="""
        op.drop_column("users", "name")
    """)
    project.revision("s", "r", 'op.drop_column("users", "code")', downgrade="""
        op.add_column("users", sa.Column("code", sa.Integer, nullable=False))
    """)

    answer = check(project, "--from", "start")

    [fails] = of_rule(answer, "downgrade_fails")
    assert fails["revision_id"] == "s"
    assert "contains null values" in fails["says"]
    [differs] = [f for f in of_rule(answer, "downgrade_differs") if f["revision_id"] == "r"][:1]
    assert "column users.name is gone" in differs["says"]


def test_what_this_server_has_not_could_not_be_tried_here_and_the_rest_is_read(project: Project) -> None:
    project.revision("r", "start", 'op.execute("CREATE EXTENSION surefoot_nowhere")')
    project.revision("s", "r", 'op.drop_column("users", "name")')

    answer = check(project, "--from", "start")

    first, second = answer.report["risk"]["revisions"]
    assert "could not be tried here" in first["unknown_because"]
    assert "has no extension surefoot_nowhere" in first["unknown_because"]
    assert first["failure"] is None
    assert "drop_column" in [f["rule"] for f in second["findings"]]
    assert asked(answer, "Does it drop a table or a column?")["answer"].startswith("yes: users.name")
    assert asked(answer, ROLLBACK)["is_good"] is False
    assert answer.report["advice"]["repairs"] == []


def test_what_fails_on_the_schema_is_to_be_repaired_at_its_line(project: Project) -> None:
    project.revision("r", "start", """
        op.add_column("nosuch", sa.Column("x", sa.Integer))  # <bad>
        op.drop_table("users")
    """)

    answer = check(project, "--from", "start")

    assert answer.report["advice"]["repairs"] == [f"r (r.py:{project.line_of('r', 'bad')})"]
    assert answer.report["advice"]["next_command"] == "./scripts/migration-check.sh"
    assert asked(answer, "Does it drop a table or a column?")["answer"].startswith("yes: users")
