"""What a migration changed, by the catalog of real servers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import asyncpg
import pytest

from deploy.adapters.postgres.address import parse_database_url
from deploy.adapters.postgres.database import PostgresDatabase
from deploy.model.schema_objects import differences, leftovers
from tests.integration.check.conftest import binaries_of
from tests.integration.check.production import Production, production_cluster

SHAPE = (
    "CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric NOT NULL DEFAULT 0, note text)",
    "INSERT INTO orders (total) SELECT 1 FROM generate_series(1, 100)",
    "CREATE TYPE color AS ENUM ('red', 'green')",
    "CREATE VIEW totals AS SELECT total FROM orders",
    "CREATE TABLE events (at date) PARTITION BY RANGE (at)",
    "CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
    "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
)
# statement -> what is said of it
CHANGES = {
    "ALTER TABLE orders ADD COLUMN cents bigint": "column orders.cents is there",
    "ALTER TABLE orders DROP COLUMN note": "column orders.note is gone",
    "ALTER TABLE orders ALTER total DROP DEFAULT": "column orders.total differs in its definition, owner or rights",
    "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID":
        "constraint orders.positive is there, not validated",
    "ALTER TYPE color ADD VALUE 'blue'": "type color differs in its definition, owner or rights",
    "CREATE OR REPLACE VIEW totals AS SELECT total, id FROM orders": "view totals differs in its definition, owner or rights",
    "CREATE TABLE refunds (id int PRIMARY KEY)": "table refunds is there",
    "CREATE FUNCTION half(n int) RETURNS int LANGUAGE sql AS 'SELECT n / 2'": "function half(n integer) is there",
    "CREATE SCHEMA billing": "schema billing is there",
    "CREATE SEQUENCE numbers": "sequence numbers is there",
    "GRANT SELECT ON orders TO pg_monitor": "table orders differs in its definition, owner or rights",
    "CREATE POLICY own ON orders USING (true)": "policy own on orders is there",
    "TRUNCATE orders": "table orders was emptied or rewritten (TRUNCATE, or a rewrite of its rows)",
    "CREATE TRIGGER same BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()":
        "trigger same on orders is there",
    "COMMENT ON COLUMN orders.total IS 'euros'": "comment on table orders.total is there",
    "ALTER DATABASE shop SET statement_timeout = '5s'": "settings of the database is there",
    "ALTER TABLE events DETACH PARTITION events_2025": "partition events_2025 of events is gone",
}


@pytest.fixture(scope="module", params=(15, 18))
def server(request: pytest.FixtureRequest) -> Iterator[Production]:
    """The oldest and the newest major."""
    with production_cluster(binaries_of(request.param)) as running:
        yield running


@pytest.fixture
def shop(server: Production) -> Production:
    """A fresh database of some shape."""
    server.run("DROP DATABASE IF EXISTS shop WITH (FORCE)", "CREATE DATABASE shop", database="postgres")
    server.run(*SHAPE)
    return server


@pytest.fixture
def database(shop: Production) -> Iterator[PostgresDatabase]:
    """The door."""
    door = PostgresDatabase(parse_database_url(shop.url))
    yield door
    door.close()


def test_every_kind_of_change_is_named(shop: Production, database: PostgresDatabase) -> None:
    for statement, says in CHANGES.items():
        before = database.look_at_schema()
        shop.run(statement)
        found = [item.says for item in differences(before, database.look_at_schema())]
        assert says in found, (statement, found)


def test_what_the_server_and_its_users_do_every_day_is_no_difference(shop: Production, database: PostgresDatabase) -> None:
    before = database.look_at_schema()
    shop.run(
        "UPDATE orders SET total = 2", "DELETE FROM orders WHERE id < 10", "INSERT INTO orders (total) VALUES (7)",
        "ANALYZE", "VACUUM (FREEZE) orders", "INSERT INTO alembic_version VALUES ('0001')",
        "CREATE TEMP TABLE scratch (id int)", "SELECT nextval('orders_id_seq')",
    )
    assert differences(before, database.look_at_schema()) == ()


def test_the_removal_of_an_added_object_brings_the_schema_back(shop: Production, database: PostgresDatabase) -> None:
    before = database.look_at_schema()
    shop.run(
        "ALTER TABLE orders ADD COLUMN cents bigint", "CREATE TABLE refunds (id int PRIMARY KEY)",
        "CREATE INDEX by_total ON orders (total)", "CREATE FUNCTION half(n int) RETURNS int LANGUAGE sql AS 'SELECT n / 2'",
        "CREATE POLICY own ON orders USING (true)",
    )
    for item in differences(before, database.look_at_schema()):
        shop.run(item.removal)
    assert differences(before, database.look_at_schema()) == ()


def test_a_failed_concurrent_index_is_a_leftover_and_its_statement_removes_it(
    shop: Production, database: PostgresDatabase
) -> None:
    before = database.look_at_schema()
    with pytest.raises(asyncpg.UniqueViolationError):
        shop.run("CREATE UNIQUE INDEX CONCURRENTLY once ON orders (total)")
    (found,) = differences(before, database.look_at_schema())
    assert (found.says, found.is_leftover) == ("index once is there, invalid", True)
    shop.run(found.removal)
    assert leftovers(database.look_at_schema()) == ()


def test_a_look_waits_for_nobody_who_locks_a_table(shop: Production, database: PostgresDatabase) -> None:
    async def look_while_locked() -> int:
        connection = await asyncpg.connect(shop.url)
        try:
            await connection.execute("BEGIN")
            await connection.execute("LOCK TABLE orders, events IN ACCESS EXCLUSIVE MODE")
            await connection.execute("LOCK TABLE totals IN ACCESS EXCLUSIVE MODE")
            return len((await asyncio.to_thread(database.look_at_schema)).objects)
        finally:
            await connection.close()

    assert asyncio.run(look_while_locked()) > 0


def test_only_what_committed_counts(shop: Production, database: PostgresDatabase) -> None:
    before = database.look_at_schema().next_transaction
    with contextlib.suppress(asyncpg.DivisionByZeroError):
        shop.run("BEGIN; UPDATE orders SET total = 3; SELECT 1 / 0; COMMIT")
    assert database.committed_since(before) == 0
    shop.run("UPDATE orders SET total = 3")
    assert database.committed_since(before) == 1
    assert database.committed_since(before + 1_000_000) is None, "another server's number"


def test_leftovers_are_removed_by_the_door_and_what_is_being_built_is_known(
    shop: Production, database: PostgresDatabase
) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        shop.run('CREATE UNIQUE INDEX CONCURRENTLY "Once ""more""" ON orders (total)')
    (left,) = leftovers(database.look_at_schema())
    assert database.indexes_being_built() == ()

    async def look_while_it_is_built() -> tuple[str, ...]:
        holder, builder = [await asyncpg.connect(shop.url) for _ in range(2)]
        try:
            await holder.execute("BEGIN; LOCK TABLE orders IN ROW EXCLUSIVE MODE")
            build = asyncio.ensure_future(builder.execute("CREATE INDEX CONCURRENTLY by_total ON orders (total)"))
            # Before the server tells which index it is, every invalid one of the table may be the one.
            while "index by_total" not in (seen := await asyncio.to_thread(database.indexes_being_built)):
                await asyncio.sleep(0.05)
            await holder.execute("ROLLBACK")
            await build
            return seen
        finally:
            await holder.close()
            await builder.close()

    assert "index by_total" in asyncio.run(look_while_it_is_built())
    database.remove_leftover(left.name)
    assert leftovers(database.look_at_schema()) == ()
    database.remove_leftover(left.name)


def test_a_detachment_that_was_cut_off_is_finished(shop: Production, database: PostgresDatabase) -> None:
    async def cut_off() -> None:
        holder, detaching = [await asyncpg.connect(shop.url) for _ in range(2)]
        try:
            await holder.execute("BEGIN; SELECT * FROM events")
            work = asyncio.ensure_future(detaching.execute("ALTER TABLE events DETACH PARTITION events_2025 CONCURRENTLY"))
            while not await asyncio.to_thread(lambda: leftovers(database.look_at_schema())):
                await asyncio.sleep(0.05)
            pid = detaching.get_server_pid()
            await holder.execute(f"SELECT pg_cancel_backend({pid})")
            with contextlib.suppress(asyncpg.QueryCanceledError):
                await work
        finally:
            await holder.close()
            await detaching.close()

    asyncio.run(cut_off())
    (left,) = leftovers(database.look_at_schema())
    assert left.condition == "waiting for its detachment"
    database.remove_leftover(left.name)
    assert leftovers(database.look_at_schema()) == ()
