"""Obligation: what no statement shows is told all the same: a run that is rolled back, triggers that fail, other tables."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.check.other_pythons import NEW, python_with
from tests.integration.check.production import Production
from tests.integration.check.projects import Answer, Project, check, check_words, clean_environment, make_project

pytestmark = pytest.mark.postgres

KITS = """
    op.execute("CREATE TABLE kinds (id int PRIMARY KEY)")
    op.execute("CREATE TABLE kits (id int PRIMARY KEY, kind int NOT NULL REFERENCES kinds, label text NOT NULL)")
    op.execute("CREATE TABLE kits_history (changed_at timestamptz NOT NULL, LIKE kits)")
    op.execute('''CREATE FUNCTION keep_kit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO kits_history SELECT now(), NEW.*; RETURN NEW; END $$''')
    op.execute("CREATE TRIGGER keep_kit AFTER INSERT ON kits FOR EACH ROW EXECUTE FUNCTION keep_kit()")
"""


def findings_of(answer: Answer, revision: str, rule: str) -> list[Mapping[str, Any]]:
    (found,) = [item for item in answer.report["risk"]["revisions"] if item["revision_id"].endswith(revision)]
    return [item for item in found["findings"] if item["rule"] == rule]


def on_kits(directory: Path, *bodies: str) -> Project:
    """A table whose trigger keeps each of its rows, and revisions r1, r2, … behind it."""
    project = make_project(directory / "p")
    project.revision("start", None, KITS)
    for number, body in enumerate(bodies, start=1):
        project.revision(f"r{number}", f"r{number - 1}" if number > 1 else "start", body)
    return project


def test_a_trigger_that_rests_on_the_shape_of_a_row_is_told_of_the_revision_that_breaks_it(tmp_path: Path) -> None:
    project = on_kits(
        tmp_path, 'op.add_column("kinds", sa.Column("note", sa.Text))', 'op.add_column("kits", sa.Column("x", sa.Text))',
        'op.create_index("kinds_note", "kinds", ["note"])',
    )

    answer = check(project, "--from", "start")

    (told,) = findings_of(answer, "r2", "breaks_trigger")
    assert "INSERT into kits" in told["says"]
    assert "keep_kit" in told["says"]
    assert not findings_of(answer, "r1", "breaks_trigger") + findings_of(answer, "r3", "breaks_trigger")


def test_both_tables_changed_alike_break_nothing_and_leave_no_row(tmp_path: Path) -> None:
    project = on_kits(tmp_path, """
        op.add_column("kits", sa.Column("x", sa.Text))
        op.add_column("kits_history", sa.Column("x", sa.Text))
        op.execute("ALTER TABLE kits ADD CHECK (kind > 5)")  # refuses the made-up row, and says nothing of the trigger
    """, """
        if op.get_bind().scalar(sa.text("SELECT count(*) FROM kits, kinds, kits_history")):
            raise RuntimeError("a made-up row is still there")
    """)

    answer = check(project, "--from", "start")

    assert not findings_of(answer, "r1", "breaks_trigger")
    assert {item["revision_id"] for item in answer.report["statements"]} == {"r1", "r2"}


@pytest.mark.parametrize("is_committed", [True, False])
def test_an_env_py_that_never_commits_is_told(is_committed: bool, tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", "env_plain", "postgresql+psycopg2://shop:secret@127.0.0.1:1/shop")
    env = project.directory / "migrations" / "env.py"
    text = env.read_text(encoding="utf-8")
    before = f"connection.exec_driver_sql('SELECT 1')\n        {'connection.commit()' if is_committed else 'pass'}"
    words = "context.configure(connection=connection"
    changed = text.replace(words, f"{before}\n        {words}")
    assert changed != text
    env.write_text(changed, encoding="utf-8")
    project.revision("r", None, 'op.create_table("users", sa.Column("id", sa.Integer, primary_key=True))')

    answer = check(project, "--python", python_with(*NEW))

    assert bool(findings_of(answer, "r", "never_commits")) is not is_committed
    assert answer.exit_code == (0 if is_committed else 3)


def test_other_tables_and_filled_views_are_those_of_production(shop: Production, tmp_path: Path) -> None:
    shop.run(
        "CREATE TABLE plans (code text PRIMARY KEY)",
        "CREATE TABLE subscriptions (id bigint PRIMARY KEY, plan text REFERENCES plans ON DELETE CASCADE)",
        "CREATE TABLE invoices (id bigint PRIMARY KEY, subscription bigint REFERENCES subscriptions ON DELETE CASCADE)",
        "INSERT INTO plans VALUES ('a'), ('b')",
        "INSERT INTO subscriptions SELECT g, 'a' FROM generate_series(1, 1200) g",
        "INSERT INTO invoices SELECT g, 1 FROM generate_series(1, 3600) g",
        "CREATE MATERIALIZED VIEW totals AS SELECT plan, count(*) FROM subscriptions GROUP BY plan",
        "CREATE MATERIALIZED VIEW above AS SELECT plan FROM totals",
        "CREATE UNIQUE INDEX totals_key ON totals (plan)",
        "CREATE UNIQUE INDEX above_key ON above (plan)",
        "ANALYZE",
    )
    sql = tmp_path / "01.sql"
    sql.write_text(
        "DELETE FROM plans WHERE code = 'a';\nREFRESH MATERIALIZED VIEW CONCURRENTLY totals;\n"
        "REFRESH MATERIALIZED VIEW CONCURRENTLY above;\n"
    )

    done = subprocess.run(
        check_words("--json", "--sql", str(sql)), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        env=clean_environment({"DATABASE_URL": shop.url}),
    )
    answer = Answer(done.returncode, done.stdout, done.stderr)

    (told,) = findings_of(answer, "01.sql", "changes_other_tables")
    assert "1,200 rows of subscriptions" in told["loses"]
    assert "3,600 rows of invoices" in told["loses"]
    assert "no index" in told["says"]
    assert answer.one("DELETE FROM plans")["rows_touched"] == 2 + 1200 + 3600
    (revision,) = answer.report["risk"]["revisions"]
    assert "fails" not in revision["kinds_of_danger"]
