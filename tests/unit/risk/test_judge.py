"""The judgement of whole runs, on SQL as Alembic renders it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.checking.statements import UNREADABLE, read_statements
from deploy.model.releases import RevisionKind
from deploy.model.risk import RiskLevel
from tests.rules.examples import cases, folders
from tests.unit.risk.pending import EMPTY, judge_all, judge_one

VERSION = "UPDATE alembic_version SET version_num='0001' WHERE alembic_version.version_num = '0000';"
RUNNING = "-- Running upgrade 0000 -> 0001"
WORDS = ["select", "drop", "table", ";", "'", "$$", "(", ")", "--", "/*", "\0", "é", "x", "1"]


def rendered(*statements: str) -> str:
    """One revision of `alembic upgrade --sql`."""
    lines = ("SET lock_timeout = '5s';", "BEGIN;", RUNNING, *(f"{s};" for s in statements), VERSION, "COMMIT;", "")
    return "\n\n".join(lines)


def in_autocommit_block(*statements: str) -> str:
    """The same, whose work is outside the transaction."""
    outside = [f"{s};" for s in ("SET lock_timeout = 0", *statements, "SET lock_timeout = '5s'")]
    return "\n\n".join(("BEGIN;", RUNNING, "COMMIT;", *outside, "BEGIN;", VERSION, "COMMIT;", ""))


FIRST = """BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 0001

CREATE TABLE schema_window (
    is_only_row BOOLEAN DEFAULT true NOT NULL,
    oldest_image_revision TEXT NOT NULL,
    PRIMARY KEY (is_only_row)
);

INSERT INTO schema_window (oldest_image_revision) VALUES ('0001');

INSERT INTO alembic_version (version_num) VALUES ('0001') RETURNING alembic_version.version_num;

COMMIT;
"""


@pytest.mark.parametrize(
    ("sql", "level", "kind"),
    [
        (FIRST, RiskLevel.LOW, RevisionKind.EXPAND),
        (rendered("ALTER TABLE orders ADD COLUMN side TEXT"), RiskLevel.LOW, RevisionKind.EXPAND),
        (rendered("ALTER TABLE orders ALTER COLUMN side_code DROP NOT NULL"), RiskLevel.LOW, RevisionKind.EXPAND),
        (
            in_autocommit_block(
                "DROP INDEX CONCURRENTLY IF EXISTS i", "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (a)"
            ),
            RiskLevel.MEDIUM, RevisionKind.EXPAND,
        ),
        (rendered("CREATE INDEX ix_orders_a ON orders (a)"), RiskLevel.MEDIUM, RevisionKind.EXPAND),
        (rendered("CREATE UNIQUE INDEX ix ON orders (a)"), RiskLevel.MEDIUM, RevisionKind.CONTRACT),
        (rendered("DROP INDEX ix_orders_a"), RiskLevel.MEDIUM, RevisionKind.CONTRACT),
        (rendered("UPDATE orders SET a = 1"), RiskLevel.VERY_HIGH, RevisionKind.EXPAND),
        (rendered("ALTER TABLE orders DROP COLUMN a"), RiskLevel.VERY_HIGH, RevisionKind.CONTRACT),
        (rendered("DROP TABLE orders"), RiskLevel.VERY_HIGH, RevisionKind.CONTRACT),
        (rendered("ALTER TABLE orders RENAME a TO b"), RiskLevel.HIGH, RevisionKind.CONTRACT),
        (rendered("ALTER TABLE orders ALTER COLUMN a TYPE BIGINT"), RiskLevel.HIGH, RevisionKind.CONTRACT),
        (rendered("ALTER TABLE orders ALTER COLUMN a SET NOT NULL"), RiskLevel.HIGH, RevisionKind.CONTRACT),
        (rendered("ALTER TABLE orders ADD COLUMN a INTEGER NOT NULL"), RiskLevel.VERY_HIGH, RevisionKind.CONTRACT),
        (rendered("ALTER TABLE orders ADD CHECK (a > 0)"), RiskLevel.MEDIUM, RevisionKind.CONTRACT),
        (rendered("UPDATE schema_window SET oldest_image_revision = '1'"), RiskLevel.LOW, RevisionKind.CONTRACT),
        (rendered("DO $$ BEGIN END $$"), RiskLevel.HIGH, RevisionKind.UNKNOWN),
        (rendered("CREATE TABEL x ()"), RiskLevel.HIGH, RevisionKind.UNKNOWN),
        (rendered("DO $$ BEGIN END $$", "DROP TABLE orders"), RiskLevel.VERY_HIGH, RevisionKind.UNKNOWN),
        ("", RiskLevel.LOW, RevisionKind.EXPAND),
        (None, RiskLevel.HIGH, RevisionKind.UNKNOWN),
    ],
)
def test_level_and_kind_of_a_revision(sql: str | None, level: RiskLevel, kind: RevisionKind) -> None:
    risk = judge_one(sql)
    assert (risk.level, risk.kind) == (level, kind), risk.findings


def test_what_was_not_rendered_says_why() -> None:
    risk = judge_one(None)
    assert [f.rule for f in risk.findings] == ["not_rendered"]
    assert "no data offline" in risk.findings[0].says


def test_a_table_that_an_earlier_revision_of_the_run_created_is_not_in_danger() -> None:
    report = judge_all("CREATE TABLE fresh (id int)", "ALTER TABLE fresh DROP COLUMN id; UPDATE fresh SET id = 1")
    assert (report.level, report.findings) == (RiskLevel.LOW, ())


def test_a_table_that_a_later_revision_creates_does_not_excuse_an_earlier_drop() -> None:
    report = judge_all("DROP TABLE orders", "CREATE TABLE orders (id int)", "DROP TABLE orders")
    assert [r.level for r in report.revisions] == [RiskLevel.VERY_HIGH, RiskLevel.LOW, RiskLevel.LOW]


def test_a_proof_of_not_null_holds_across_revisions() -> None:
    report = judge_all(
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (side IS NOT NULL) NOT VALID", None,
        "ALTER TABLE orders VALIDATE CONSTRAINT c", "ALTER TABLE orders ALTER COLUMN side SET NOT NULL",
    )
    assert [r.level for r in report.revisions] == [RiskLevel.LOW, RiskLevel.HIGH, RiskLevel.MEDIUM, RiskLevel.MEDIUM]


def test_one_broken_statement_does_not_hide_the_others() -> None:
    risk = judge_one("BEGIN; CREATE TABEL x (); DROP TABLE orders; CALL convert_all(); COMMIT")
    assert [f.rule for f in risk.findings] == ["unreadable", "drop_table", "unknown_statement"]


@pytest.mark.parametrize("sql", ["SELECT 1\0; DROP TABLE orders", "SELECT '\udce9'"])
def test_a_text_that_the_parser_cannot_take_is_unreadable(sql: str) -> None:
    found = [f.rule for f in judge_one(sql).findings]
    assert found[0] == "unreadable"
    assert ("drop_table" in found) == ("DROP TABLE" in sql)


@pytest.mark.parametrize("sql", ["", ";;", "-- DROP TABEL x"])
def test_a_text_without_statements_is_read_and_says_nothing(sql: str) -> None:
    assert judge_one(sql).findings == ()


def test_an_alembic_row_that_is_changed_on_the_way_hides_nothing() -> None:
    risk = judge_one("WITH x AS (DELETE FROM orders RETURNING 1) UPDATE alembic_version SET version_num = '2'")
    assert risk.level is RiskLevel.VERY_HIGH


def test_an_upsert_inside_an_update_is_judged_beside_it() -> None:
    upsert = "INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = 'x'"
    found = judge_one(f"WITH new AS ({upsert}) UPDATE orders SET note = 'x' WHERE id = 1")
    changed = [finding.table for finding in found.findings if finding.rule == "update_rows"]
    assert sorted(changed) == ["orders", "users"]


@pytest.mark.parametrize("sql", [case.sql for folder in folders() for case in cases(folder / "bad.sql")])
def test_an_empty_database_has_nothing_to_lose_and_the_kinds_stay(sql: str) -> None:
    on_empty, on_full = judge_one(sql, EMPTY), judge_one(sql)
    assert (on_empty.level, on_empty.findings) == (RiskLevel.LOW, ())
    assert on_empty.kind is on_full.kind or "IF NOT EXISTS" in sql


def test_nothing_pending_is_low() -> None:
    assert judge_all().level is RiskLevel.LOW


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_whatever_the_text_it_is_read_without_an_exception(text: str) -> None:
    for statement in read_statements(text):
        assert statement.kind == UNREADABLE or statement.node is not None
    judge_one(text)


def test_what_is_nested_too_deep_for_the_parser_is_unreadable() -> None:
    sql = "SELECT " + " + ".join(["1"] * 5000)
    assert [s.kind for s in read_statements(sql)] == [UNREADABLE]


def test_a_statement_is_shown_without_comments_and_not_at_length() -> None:
    statements = read_statements("-- 주문\nDROP TABLE é ;\n-- next\nSELECT " + "1, " * 500 + "1")
    assert statements[0].text == "DROP TABLE é"
    assert len(statements[1].text) == 300
