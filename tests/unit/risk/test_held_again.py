"""A lock that the transaction holds already is needed again by the statement that changes the table."""

from __future__ import annotations

import pytest

from deploy.checking.risk.catalog_schema import CatalogSchema
from deploy.checking.risk.held_again import held_again
from deploy.checking.statements import read_statements
from deploy.model.catalog_look import CatalogLook, LookColumn, LookConstraint, LookIndex, LookRelation
from deploy.model.locks import LockMode

SUE, S, SRE, AE = (
    LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.SHARE, LockMode.SHARE_ROW_EXCLUSIVE, LockMode.ACCESS_EXCLUSIVE,
)
LOOK = CatalogLook(
    ("public",),
    (
        LookRelation(1, "public", "orders", "table", (LookColumn("owner", "int8"), LookColumn("note", "text"))),
        LookRelation(2, "public", "owners", "table", (LookColumn("id", "int8"),)),
        LookRelation(3, "public", "events", "partitioned table"),
        LookRelation(4, "public", "events_2026", "table", parents=(3,)),
        LookRelation(5, "audit", "log", "table"),
    ),
    (LookConstraint(1, "orders_owner_fkey", "foreign", ("owner",), 2, ("id",)),),
    (LookIndex(9, 1, "public", "orders_note_idx", ("note",), "btree", is_unique=False, has_predicate=False),),
)
EVERYTHING = dict.fromkeys(("orders", "owners", "events", "events_2026", "audit.log"), AE)


def again(sql: str, held: dict[str, LockMode] | None = None) -> dict[str, LockMode]:
    [statement] = read_statements(sql)
    found = held_again(statement, CatalogSchema(LOOK), EVERYTHING if held is None else held)
    return {lock.relation: lock.mode for lock in found}


@pytest.mark.parametrize(
    ("sql", "needed"),
    [
        ("ALTER TABLE orders ADD COLUMN a text", {"orders": AE}),
        ("ALTER TABLE orders VALIDATE CONSTRAINT orders_owner_fkey", {"orders": SUE}),
        ("ALTER TABLE orders ALTER COLUMN note SET STATISTICS 5", {"orders": SUE}),
        ("ALTER TABLE orders DISABLE TRIGGER t", {"orders": SRE}),
        ("ALTER TABLE orders ADD FOREIGN KEY (owner) REFERENCES owners", {"orders": SRE, "owners": SRE}),
        ("ALTER TABLE orders ADD COLUMN b bigint REFERENCES owners", {"orders": AE, "owners": SRE}),
        ("ALTER TABLE orders DROP CONSTRAINT orders_owner_fkey", {"orders": AE, "owners": AE}),
        ("ALTER TABLE orders DROP COLUMN owner", {"orders": AE, "owners": AE}),
        ("ALTER TABLE orders DROP COLUMN note", {"orders": AE}),
        ("ALTER TABLE events ADD COLUMN a text", {"events": AE, "events_2026": AE}),
        ("ALTER TABLE ONLY events ADD COLUMN a text", {"events": AE}),
        ("ALTER TABLE audit.log ADD COLUMN a text", {"audit.log": AE}),
        ("CREATE INDEX ON orders (note)", {"orders": S}),
        ("CREATE INDEX ON events (note)", {"events": S, "events_2026": S}),
        ("CREATE TRIGGER t AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f()", {"orders": SRE}),
        ("CREATE TABLE new (owner bigint REFERENCES owners)", {"owners": SRE}),
        ("CREATE TABLE events_2027 PARTITION OF events DEFAULT", {"events": AE}),
        ("DROP TABLE orders", {"orders": AE, "owners": AE}),
        ("DROP TABLE events_2026", {"events_2026": AE, "events": AE}),
        ("DROP INDEX orders_note_idx", {"orders": AE}),
        ("DROP TRIGGER t ON orders", {"orders": AE}),
        ("COMMENT ON TABLE orders IS 'x'", {"orders": SUE}),
        ("LOCK TABLE orders IN SHARE MODE", {"orders": S}),
        ("DO $$ BEGIN ALTER TABLE orders ADD COLUMN a text; END $$", {"orders": AE}),
        ("UPDATE orders SET note = ''", {}),
        ("SELECT * FROM orders", {}),
        ("CREATE TABLE lonely (id int)", {}),
    ],
)
def test_what_a_statement_needs_again_of_what_is_held(sql: str, needed: dict[str, LockMode]) -> None:
    assert again(sql) == needed


def test_nothing_is_needed_more_strongly_than_it_is_held() -> None:
    assert again("ALTER TABLE orders ADD COLUMN a text", {"orders": SRE}) == {"orders": SRE}


def test_what_is_not_held_is_left_to_the_measurement() -> None:
    assert again("ALTER TABLE orders DROP CONSTRAINT orders_owner_fkey", {"owners": AE}) == {"owners": AE}
    assert again("ALTER TABLE orders ADD COLUMN a text", {}) == {}


def test_a_text_may_leave_out_the_schema_that_the_measurement_names() -> None:
    assert again("ALTER TABLE log ADD COLUMN a text", {"audit.log": AE}) == {"audit.log": AE}
