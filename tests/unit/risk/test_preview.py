"""The text of migration_preview.sql."""

from __future__ import annotations

import pytest

from deploy.checking.risk.preview import render_preview
from tests.unit.risk.pending import judge_all, revisions


def preview(*sqls: str | None) -> list[str]:
    return render_preview(revisions(*sqls), judge_all(*sqls)).splitlines()


def test_every_revision_has_a_header_with_its_risk_and_findings() -> None:
    lines = preview("ALTER TABLE orders DROP COLUMN a;", "ALTER TABLE orders ADD COLUMN b TEXT;", None)
    assert "-- ===== revision r1 change 1: very high risk, contract" in lines
    assert "-- very high: drops orders.a with its data" in lines
    assert "-- ===== revision r2 change 2: low risk, expand" in lines
    assert "-- ===== revision r3 change 3: high risk, unknown" in lines
    assert "-- could not be rendered: TypeError: no data offline" in lines


@pytest.mark.parametrize(
    ("sql", "mark"),
    [
        ("DROP TABLE orders;", "-- !! DROP TABLE orders"),
        ("delete from orders;", "-- !! delete from orders"),
        ("TRUNCATE orders;", "-- !! TRUNCATE orders"),
        ("ALTER TABLE orders DROP COLUMN a;", "-- !! DROP: ALTER TABLE orders DROP COLUMN a"),
        ("ALTER TABLE orders\n    ADD COLUMN b TEXT,\n    DROP COLUMN a;", "-- !! DROP: ALTER TABLE orders"),
        ("WITH x AS (\n  DELETE FROM orders)\nSELECT 1;", "-- !! DELETE: WITH x AS ("),
        ("DROP TABLE alembic_version;", "-- !! DROP TABLE alembic_version"),
        ("SELECT 'a\nb'; DROP TABLE orders; --'", "-- !! DROP: SELECT 'a"),
    ],
)
def test_what_loses_data_is_pointed_out_above_the_statement(sql: str, mark: str) -> None:
    lines = preview(f"BEGIN;\n\n{sql}\n\nCOMMIT;")
    assert lines[lines.index(mark) + 1] == sql.split("\n", maxsplit=1)[0]
    assert len([line for line in lines if line.startswith("-- !!")]) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM alembic_version WHERE alembic_version.version_num = '1';",
        "INSERT INTO users (email) VALUES ('DROP TABLE orders');",
        "CREATE TABLE x (a INT REFERENCES users ON DELETE CASCADE);",
        "-- DROP TABLE orders\nSELECT 1;",
        "/* DROP\nTABLE orders */ SELECT 1;",
        'ALTER TABLE orders ADD COLUMN "drop" TEXT;',
        "CREATE TABLE dropped (deleted_at DATE);",
    ],
)
def test_what_only_sounds_like_a_loss_is_not_pointed_out(sql: str) -> None:
    assert not [line for line in preview(sql) if line.startswith("-- !!")]


def test_the_sql_itself_is_not_touched() -> None:
    sql = "BEGIN;\n\nDROP TABLE orders;\n\nALTER TABLE users\n  DROP COLUMN a;\n\nCOMMIT;"
    shown = [line for line in preview(sql) if not line.startswith("-- ")]
    assert "\n".join(shown).strip() == sql


def test_a_header_stays_a_comment_whatever_the_message() -> None:
    items = revisions("SELECT 1;")
    bad = type(items[0])("r1", "first\nDROP TABLE orders;", "SELECT 1;")
    lines = render_preview([bad], judge_all("SELECT 1;")).splitlines()
    assert not [line for line in lines if line.startswith("DROP")]
