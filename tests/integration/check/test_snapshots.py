"""Obligation: a snapshot of production answers like production itself, and holds no row."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.check.production import PASSWORD, Production
from tests.integration.check.projects import ROOT, Project, check, clean_environment, make_project

pytestmark = pytest.mark.postgres

PLANTED = "planted-row-value"
SCHEMA = (
    "CREATE SCHEMA billing",
    "CREATE TYPE mood AS ENUM ('good', 'bad')",
    "CREATE TABLE users (id bigint PRIMARY KEY, name text DEFAULT 'anybody', mood mood)",
    f"INSERT INTO users SELECT g, '{PLANTED}' || g, 'good' FROM generate_series(1, 20000) g",
    "CREATE TABLE billing.bills (id bigint PRIMARY KEY, user_id bigint REFERENCES users, due date) PARTITION BY HASH (id)",
    "CREATE TABLE billing.bills_0 PARTITION OF billing.bills FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
    "INSERT INTO billing.bills SELECT g, g, now() FROM generate_series(1, 5000) g",
    "CREATE MATERIALIZED VIEW names AS SELECT name FROM users",
    "CREATE INDEX users_name ON users (name)",
    "CREATE STATISTICS users_both (dependencies) ON name, mood FROM users",
    "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
    "INSERT INTO alembic_version VALUES ('start')",
    "ANALYZE",
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """With one revision that is pending in production."""
    made = make_project(tmp_path / "p")
    made.revision("start", None, "pass")
    made.revision("r", "start", """
        op.alter_column("users", "id", type_=sa.Integer)
        op.drop_column("bills", "due", schema="billing")
        op.create_index("users_mood", "users", ["mood"])
    """)
    return made


def take_snapshot(production: Production, path: Path) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it."""
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "deploy.py"), "snapshot", "--output", str(path)],
        cwd=path.parent, env=clean_environment({"DATABASE_URL": production.url}), capture_output=True, text=True,
        check=False, timeout=60,
    )


def test_a_saved_snapshot_gives_the_answer_that_production_gives(
    shop: Production, project: Project, tmp_path: Path
) -> None:
    shop.run(*SCHEMA)
    path = tmp_path / "production.json"
    done = take_snapshot(shop, path)
    assert done.returncode == 0, done.stderr

    from_production = check(project, variables={"DATABASE_URL": shop.url}, has_database=True)
    from_file = check(project, "--snapshot", str(path), has_database=True)

    documents = [dict(answer.report) for answer in (from_production, from_file)]
    for document in documents:
        document["production"] = document["production"].partition(" (")[0]  # the minute when it was looked at
    assert documents[0] == documents[1]
    assert from_file.report["sizes_are_known"] is True
    rows = {f["table"]: f["rows"] for r in from_file.report["risk"]["revisions"] for f in r["findings"] if f["table"]}
    assert rows["users"] == 20000


def test_a_snapshot_holds_no_row_and_no_password(shop: Production, tmp_path: Path) -> None:
    shop.run(*SCHEMA)
    path = tmp_path / "production.json"

    done = take_snapshot(shop, path)

    text = path.read_text(encoding="utf-8")
    assert "users" in json.loads(text)["schema_sql"]
    for secret in (PLANTED, PASSWORD):
        assert secret not in text
        assert secret not in done.stdout + done.stderr


def test_a_snapshot_changes_nothing_in_production(shop: Production, tmp_path: Path) -> None:
    shop.run(*SCHEMA)
    before = shop.state()

    take_snapshot(shop, tmp_path / "production.json")

    assert json.loads(shop.state()) == json.loads(before)


def test_a_snapshot_does_not_wait_for_a_table_that_is_locked_for_long(shop: Production, tmp_path: Path) -> None:
    shop.run(*SCHEMA)
    shop.run("CREATE TABLE locked (id int)")
    holder = subprocess.Popen(
        [
            sys.executable, "-c",
            "import asyncio, asyncpg, sys\n"
            "async def main():\n"
            "    c = await asyncpg.connect(sys.argv[1])\n"
            "    await c.execute('BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE')\n"
            "    print('held', flush=True)\n"
            "    await asyncio.sleep(60)\n"
            "asyncio.run(main())", shop.url,
        ],
        stdout=subprocess.PIPE, text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"

        done = take_snapshot(shop, tmp_path / "production.json")

        assert done.returncode != 0
        assert "could not be read" in done.stderr
    finally:
        holder.kill()
        holder.wait()
