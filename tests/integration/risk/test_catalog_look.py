"""What the watch asks the catalog before a statement: what was there then, in the migration's own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from deploy.adapters.postgres.connection import LoopThread
from deploy.adapters.scratch.binaries import ServerBinaries, all_server_binaries
from deploy.adapters.scratch.server import scratch_server
from deploy.checking.measuring.database import ScratchDatabase
from deploy.checking.risk.catalog_schema import CatalogSchema
from deploy.checking.risk.rules.reading.types import known_type, written_type
from deploy.checking.risk.shapes import shape_of
from deploy.checking.statements import read_statements
from deploy.checking.statements.commands import AlterColumnType
from deploy.checking.statements.views import AlterTable
from deploy.model.trace import SqlFile
from tests.integration.risk.measuring import Measurer

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120)]

SETUP = """
CREATE DOMAIN money_amount AS numeric(10, 2) CHECK (VALUE >= 0);
CREATE DOMAIN price AS money_amount;
CREATE DOMAIN plain AS text;
CREATE DOMAIN present AS text NOT NULL;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE owners (id bigint PRIMARY KEY, name varchar(50) NOT NULL, born date, mood mood, tags varchar(9)[]);
CREATE TABLE "odd ""names"" 100%" (id int PRIMARY KEY);
CREATE TABLE orders (
  id bigint PRIMARY KEY, owner bigint REFERENCES owners ON DELETE CASCADE, amount numeric(10, 2), at timestamp(3),
  took interval(3), period interval day to second, gone text, CHECK (amount > 0), UNIQUE (owner, at)
);
ALTER TABLE orders DROP COLUMN gone;
CREATE INDEX orders_lower ON orders (lower(id::text), owner) WHERE amount > 5;
CREATE TABLE events (id bigint, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at, id);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01', 0) TO ('2027-01-01', 0)
  PARTITION BY LIST (id);
CREATE TABLE events_2026_one PARTITION OF events_2026 FOR VALUES IN (1);
CREATE TABLE events_other PARTITION OF events DEFAULT;
CREATE TABLE seen (id bigint, at date, FOREIGN KEY (id, at) REFERENCES events);
CREATE TABLE parents (id int); CREATE TABLE heirs () INHERITS (parents);
CREATE SCHEMA audit; CREATE TABLE audit.log (id int); CREATE TABLE audit.owners (id int);
CREATE FUNCTION steady() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION asks() RETURNS int LANGUAGE sql AS 'SELECT count(*)::int FROM owners WHERE random() < 1';
CREATE FUNCTION asks_deeper() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM asks(); END';
CREATE FUNCTION changes() RETURNS int LANGUAGE sql AS 'DELETE FROM seen; SELECT 1';
CREATE FUNCTION changes_deeper() RETURNS int LANGUAGE sql AS 'SELECT changes()';
"""


@contextmanager
def prepared(binaries: ServerBinaries) -> Iterator[Measurer]:
    loop = LoopThread()
    try:
        with scratch_server(binaries) as server, ExitStack() as stack:
            found = Measurer(server, loop, stack)
            found.prepare(SETUP)
            yield found
    finally:
        loop.close()


@pytest.fixture(scope="module", params=all_server_binaries(), ids=lambda binaries: str(binaries.major))
def server(request: pytest.FixtureRequest) -> Iterator[Measurer]:
    with prepared(request.param) as found:
        yield found


def around(server: Measurer, *texts: str, is_one_transaction: bool = True) -> CatalogSchema:
    """The schema before the last of these statements."""
    server.count += 1
    name = f"look_{server.count}"
    server.loop.run(server._execute("postgres", server.server.create_database(name, "prepared")))
    statements = tuple((s.full_text, s.line) for text in texts for s in read_statements(text))
    run = ScratchDatabase(server.server, server.loop, name).run_sql(
        [SqlFile("shape", statements, is_one_transaction)], shape_of
    )
    assert run.error == ""
    before = run.revisions[0].statements[-1].before
    assert before is not None
    return CatalogSchema(before)


def table(schema: CatalogSchema, name: str) -> Any:
    found = schema.find(name)
    assert found is not None, name
    return found


def test_columns_are_told_with_their_types_as_the_grammar_writes_them(server: Measurer) -> None:
    schema = around(server, "ALTER TABLE orders ADD COLUMN note text", "ALTER TABLE owners ADD COLUMN note text")
    types = {c.name: (c.type.name, c.type.modifiers, c.type.is_array) for c in table(schema, "owners").columns.values()}
    assert types == {
        "id": ("int8", (), False), "name": ("varchar", (50,), False), "born": ("date", (), False),
        "mood": ("mood", (), False), "tags": ("varchar", (9,), True),
    }
    orders = {c.name: (c.type.name, c.type.modifiers) for c in table(schema, "orders").columns.values()}
    assert orders == {}  # only tied to what the statement names
    own = {c.name for c in table(schema, "owners").columns.values() if c.user_type is not None}
    assert own == {"mood"}
    assert {c.name for c in table(schema, "owners").columns.values() if c.is_not_null} == {"id", "name"}


def test_numbers_of_types_are_those_that_a_statement_would_write(server: Measurer) -> None:
    schema = around(server, "ALTER TABLE orders DROP COLUMN took")
    columns = table(schema, "orders").columns
    for name, written in (
        ("amount", "numeric(10, 2)"), ("at", "timestamp(3)"), ("took", "interval(3)"),
        ("period", "interval day to second"), ("id", "bigint"),
    ):
        [statement] = read_statements(f"ALTER TABLE t ALTER COLUMN c TYPE {written}")
        assert isinstance(statement.view, AlterTable)
        [command] = statement.view.commands
        assert isinstance(command, AlterColumnType)
        assert known_type(columns[name]) == written_type(command.column_type), name
    assert "gone" not in columns


def test_what_its_own_transaction_changed_is_there(server: Measurer) -> None:
    schema = around(
        server, "ALTER TABLE owners ALTER COLUMN name TYPE varchar(80)", "ALTER TABLE owners DROP COLUMN born",
        "CREATE INDEX owners_name ON owners (name)", "ALTER TABLE owners ALTER COLUMN name DROP NOT NULL",
    )
    owners = table(schema, "owners")
    assert owners.columns["name"].type.modifiers == (80,)
    assert owners.columns["name"].is_not_null  # before the last statement
    assert "born" not in owners.columns
    assert [index.name for index in owners.indexes] == ["owners_pkey", "owners_name"]


@pytest.mark.parametrize("is_one_transaction", [True, False])
def test_constraints_and_indexes_are_told_with_both_sides(server: Measurer, *, is_one_transaction: bool) -> None:
    schema = around(server, "ALTER TABLE orders ADD COLUMN note text", is_one_transaction=is_one_transaction)
    orders, owners = table(schema, "orders"), table(schema, "owners")
    assert {c.name: c.kind for c in orders.constraints.values()} == {
        "orders_pkey": "primary", "orders_owner_fkey": "foreign", "orders_amount_check": "check",
        "orders_owner_at_key": "unique",
    }
    [key] = orders.foreign_keys()
    assert (key.target, [c.name for c in key.columns], key.on_delete) == (owners, ["owner"], "c")
    assert owners.referenced_by == [key]
    partial = table(schema, "orders_lower")
    assert [c and c.name for c in partial.columns] == [None, "owner"]
    assert (partial.table, partial.method, partial.is_unique, partial.has_predicate) == (orders, "btree", False, True)
    assert table(schema, "orders_owner_at_key").is_unique


def test_partitions_of_all_levels_and_heirs_are_its_family(server: Measurer) -> None:
    schema = around(server, "ALTER TABLE events ADD COLUMN note text", "ALTER TABLE events ADD COLUMN place text")
    events = table(schema, "events")
    assert (events.kind, [c.name for c in events.partition_columns]) == ("partitioned table", ["at", "id"])
    assert {one.shown for one in events.family()} == {"events", "events_2026", "events_2026_one", "events_other"}
    assert events.default_partition.shown == "events_other"
    assert [key.name for key in events.referenced_by] == ["seen_id_at_fkey"]
    part = table(around(server, "ALTER TABLE events_2026_one SET (fillfactor = 70)"), "events_2026_one")
    assert (part.parent.shown, part.parent.parent.shown) == ("events_2026", "events")
    parents = table(around(server, "ALTER TABLE parents ADD COLUMN note text"), "parents")
    assert [one.shown for one in parents.family()] == ["parents", "heirs"]
    assert table(around(server, "ALTER TABLE heirs ADD COLUMN note text"), "heirs").parent is None


def test_a_domain_has_constraints_where_its_base_has(server: Measurer) -> None:
    def domain(name: str) -> Any:
        found = around(server, f"CREATE TABLE t (c {name})").user_type("", name)
        assert found is not None
        return found

    assert {name: domain(name).has_constraints for name in ("money_amount", "price", "plain", "present", "mood")} == {
        "money_amount": True, "price": True, "plain": False, "present": True, "mood": False,
    }
    assert (domain("price").kind, domain("price").base.name, domain("mood").kind) == ("domain", "money_amount", "enum")


def test_names_are_looked_up_as_the_session_does(server: Measurer) -> None:
    schema = around(server, "SET LOCAL search_path = audit, public", "ALTER TABLE owners ADD COLUMN note text")
    assert (table(schema, "owners").shown, table(schema, "public.owners").shown) == ("audit.owners", "owners")
    assert schema.find("public.log") is None
    # On its own the last is asked from outside, where the only one of its name is meant.
    alone = around(server, "SET search_path = audit", "CREATE INDEX CONCURRENTLY log_id ON log (id)", is_one_transaction=False)
    assert table(alone, "log").shown == "audit.log"


def test_all_tables_of_a_schema_that_goes_are_told(server: Measurer) -> None:
    schema = around(server, "DROP SCHEMA audit CASCADE")
    assert {one.shown for one in schema.tables()} >= {"audit.log", "audit.owners"}
    assert {one.shown for one in around(server, "ALTER SCHEMA audit RENAME TO old").tables()} >= {"audit.log"}


def test_whatever_refers_to_a_truncated_table_is_told_whole(server: Measurer) -> None:
    schema = around(server, "CREATE TABLE lines (o bigint REFERENCES orders)", "TRUNCATE owners CASCADE")
    assert [key.target.shown for key in table(schema, "lines").foreign_keys()] == ["orders"]


def test_any_name_may_stand_in_a_statement(server: Measurer) -> None:
    schema = around(
        server, "SET LOCAL standard_conforming_strings = off", 'ALTER TABLE "odd ""names"" 100%" ADD COLUMN "a\\b" int',
        'ALTER TABLE "odd ""names"" 100%" DROP COLUMN "a\\b"',
    )
    assert set(table(schema, 'odd "names" 100%').columns) == {"id", "a\\b"}


def test_a_query_is_understood_where_all_that_it_calls_is(server: Measurer) -> None:
    def is_understood(sql: str) -> bool:
        [statement] = read_statements(sql)
        return around(server, sql).understands(statement)

    for sql in ("SELECT 1", "SELECT count(*), now() FROM owners", "SELECT random()", "SELECT steady(), asks_deeper()"):
        assert is_understood(sql), sql
    for sql in ("SELECT changes()", "SELECT changes_deeper()", "SELECT lo_creat(-1)"):
        assert not is_understood(sql), sql


def test_not_null_that_was_not_validated_is_told_so(server: Measurer) -> None:
    if server.major < 18:
        pytest.skip("NOT NULL NOT VALID came with PostgreSQL 18")
    schema = around(
        server, "ALTER TABLE owners ADD CONSTRAINT born_known NOT NULL born NOT VALID",
        "ALTER TABLE owners ADD COLUMN note text",
    )
    born, name = (table(schema, "owners").columns[word] for word in ("born", "name"))
    assert (born.is_not_null, born.is_not_null_valid, name.is_not_null_valid) == (True, False, True)
