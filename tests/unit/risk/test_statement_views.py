"""What a statement's typed view says of real SQL: of each kind, and of every spelling that means the same."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from deploy.checking.statements import UNREADABLE, Statement, read_statements
from deploy.checking.statements import commands as c
from deploy.checking.statements import constraints as k
from deploy.checking.statements import objects as o
from deploy.checking.statements import row_changes as r
from deploy.checking.statements import table_work as w
from deploy.checking.statements import views as v
from deploy.checking.statements.values import ColumnType, Expression, Relation
from tests.bench.mutants import corpus

INTEGER, TEXT = ColumnType(("pg_catalog", "int4")), ColumnType(("text",))
ORDERS = Relation("orders")


def read(sql: str) -> Statement:
    [statement] = read_statements(sql)
    return statement


def view(sql: str) -> v.View:
    return read(sql).view


def expression(sql: str) -> Expression:
    """As it stands in a statement of its own."""
    [command] = commands(f"ALTER TABLE t ALTER COLUMN c SET DEFAULT {sql}")
    assert isinstance(command, c.SetDefault)
    return command.value


def commands(sql: str) -> tuple[c.AlterCommand, ...]:
    found = view(sql)
    assert isinstance(found, v.AlterTable)
    return found.commands


def column(definition: str) -> k.Column:
    [command] = commands(f"ALTER TABLE orders ADD COLUMN {definition}")
    assert isinstance(command, c.AddColumn)
    return command.column


def constraint(definition: str) -> k.Constraint:
    [command] = commands(f"ALTER TABLE orders ADD {definition}")
    assert isinstance(command, c.AddConstraint)
    return command.constraint


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DROP TABLE orders", v.DropTable("OBJECT_TABLE", "table", ("orders",))),
        (
            'drop table if exists public.orders, audit."Log", "A.b" cascade;',
            v.DropTable("OBJECT_TABLE", "table", ("orders", "audit.Log", "A.b"), is_cascade=True, is_if_exists=True),
        ),
        (
            "DROP INDEX CONCURRENTLY IF EXISTS audit.log_at_idx",
            v.DropIndex("OBJECT_INDEX", "index", ("audit.log_at_idx",), is_if_exists=True, is_concurrent=True),
        ),
        ("DROP MATERIALIZED VIEW totals", v.DropObjects("OBJECT_MATVIEW", "materialized view", ("totals",))),
        ("DROP TRIGGER stamp ON public.orders", v.DropObjects("OBJECT_TRIGGER", "trigger", ("orders.stamp",))),
        ("DROP FUNCTION f(int)", v.DropObjects("OBJECT_FUNCTION", "function", ("f",))),
        ("DROP SCHEMA audit CASCADE", v.DropObjects("OBJECT_SCHEMA", "schema", ("audit",), is_cascade=True)),
        ("DROP TYPE mood", v.DropObjects("OBJECT_TYPE", "type", ("mood",))),
        ("ALTER TABLE orders RENAME TO sales", v.RenameTable("OBJECT_TABLE", "table", ORDERS, "orders", "sales")),
        (
            'ALTER TABLE IF EXISTS ONLY audit."Log" RENAME COLUMN "At" TO at',
            v.RenameColumn("OBJECT_COLUMN", "column", Relation("Log", "audit", is_only=True), "At", "at"),
        ),
        (
            "ALTER TABLE orders RENAME side TO direction",
            v.RenameColumn("OBJECT_COLUMN", "column", ORDERS, "side", "direction"),
        ),
        (
            "ALTER TABLE orders RENAME CONSTRAINT a TO b",
            v.RenameConstraint("OBJECT_TABCONSTRAINT", "constraint", ORDERS, "a", "b"),
        ),
        ("ALTER INDEX i RENAME TO j", v.RenameIndex("OBJECT_INDEX", "index", Relation("i"), "i", "j")),
        (
            "ALTER MATERIALIZED VIEW m RENAME TO n",
            v.RenameView("OBJECT_MATVIEW", "materialized view", Relation("m"), "m", "n"),
        ),
        ("ALTER SCHEMA a RENAME TO b", v.RenameSchema("OBJECT_SCHEMA", "schema", None, "a", "b")),
        ("ALTER TYPE mood RENAME TO spirit", v.Rename("OBJECT_TYPE", "type", None, "mood", "spirit")),
        ("TRUNCATE public.orders, audit.log CASCADE", v.Truncate(("orders", "audit.log"), is_cascade=True)),
        ("TRUNCATE TABLE ONLY orders RESTART IDENTITY", v.Truncate(("orders",), is_cascade=False)),
        ("LOCK TABLE orders IN SHARE MODE", v.LockTable(("orders",), 5)),
        ("LOCK orders", v.LockTable(("orders",), 8)),
        ("CREATE TYPE public.mood AS ENUM ('sad')", o.CreateType("mood")),
        ("CREATE TYPE s.span AS RANGE (subtype = int)", o.CreateType("s.span")),
        ("CREATE TYPE s.pair AS (a int, b int)", o.CreateType("s.pair")),
        ("CREATE DOMAIN s.d AS int CHECK (VALUE > 0)", o.CreateType("s.d")),
        ("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'calm'", o.AddEnumValue("mood", "calm", is_if_not_exists=True)),
        ("ALTER TYPE s.mood RENAME VALUE 'sad' TO 'low'", o.RenameEnumValue("s.mood", "sad", "low")),
        ("ALTER DOMAIN s.d SET NOT NULL", o.AlterDomain(("s", "d"), "set not null", None)),
        ("ALTER SEQUENCE s RESTART OWNED BY t.c", o.AlterSequence(Relation("s"), frozenset({"restart", "owned_by"}))),
        ("ALTER SCHEMA s OWNER TO CURRENT_USER", o.ChangeObjectOwner("schema", "s", "CURRENT_USER")),
        ("ALTER TABLE orders SET SCHEMA old", o.SetSchema("table", ORDERS, "orders", "old")),
        ("ALTER FUNCTION f(int) SET SCHEMA old", o.SetSchema("function", None, "f", "old")),
        ("ALTER TABLE ALL IN TABLESPACE fast SET TABLESPACE slow", w.MoveTablespace("fast")),
        ("CREATE POLICY p ON orders", o.CreatePolicy("orders", "p")),
        ("ALTER POLICY p ON orders TO ann", o.AlterPolicy("orders", "p")),
        (
            "CREATE RULE r AS ON DELETE TO orders DO INSTEAD NOTHING",
            o.CreateRule("orders", "r", "DELETE", is_instead=True),
        ),
        (
            "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION s.f()",
            o.CreateTrigger("orders", "t", "s.f"),
        ),
        ("CLUSTER orders USING i", w.Cluster("orders")),
        ("CLUSTER", w.Cluster("")),
        ("VACUUM (FULL, ANALYZE) orders, audit.log", w.Vacuum(("orders", "audit.log"), is_full=True)),
        ("VACUUM FULL", w.Vacuum((), is_full=True)),
        ("ANALYZE orders", w.Vacuum(("orders",), is_full=False)),
        ("REINDEX (CONCURRENTLY) TABLE orders", w.Reindex("TABLE", "orders", is_concurrent=True)),
        ("REINDEX DATABASE trading", w.Reindex("DATABASE", "trading", is_concurrent=False)),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY m", w.RefreshMaterializedView("m", is_concurrent=True)),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", o.CreateView("v", is_replace=True)),
        (
            "CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            o.CreateFunction(("s", "f"), is_replace=False),
        ),
        ("CREATE OR REPLACE AGGREGATE a (int) (sfunc = f, stype = int)", o.DefineObject(is_replace=True)),
        (
            "CREATE OR REPLACE TRIGGER t AFTER DELETE ON orders EXECUTE FUNCTION f()",
            o.CreateTrigger("orders", "t", "f", is_replace=True),
        ),
        ("ALTER FUNCTION f() COST 1", o.AlterFunction(("f",))),
        ("COPY orders FROM '/tmp/x'", w.CopyRows("orders", "/tmp/x", is_into_table=True, is_program=False)),
        ("COPY (SELECT 1) TO PROGRAM 'cat'", w.CopyRows("", "cat", is_into_table=False, is_program=True)),
        ("REVOKE SELECT ON orders FROM ann, PUBLIC", o.Grant(is_revoke=True, roles=("ann", "PUBLIC"))),
        ("GRANT writer TO ann", o.Grant(is_revoke=False, roles=("ann",))),
        (
            "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM ann",
            o.Grant(is_revoke=True, roles=("ann",)),
        ),
        ("DROP DATABASE trading", o.DropDatabase("trading")),
        ("DROP ROLE ann, bob", o.DropRole(("ann", "bob"))),
        ("DROP OWNED BY CURRENT_USER", o.DropOwned(("CURRENT_USER",))),
        ("REASSIGN OWNED BY ann, bob TO carl", o.ReassignOwned(("ann", "bob"), "carl")),
        ("CREATE SEQUENCE IF NOT EXISTS s.q", o.CreateSequence(Relation("q", "s"), is_if_not_exists=True)),
        ("CREATE SCHEMA audit", o.CreateSchema("audit", is_if_not_exists=False)),
        ("CREATE EXTENSION IF NOT EXISTS citext", o.CreateExtension("citext", is_if_not_exists=True)),
        (
            "SET LOCAL Lock_Timeout = '5s'",
            o.SetSetting("lock_timeout", "5s", is_set=True, is_reset=False, is_local=True),
        ),
        ("SET lock_timeout TO 0", o.SetSetting("lock_timeout", "0", is_set=True, is_reset=False, is_local=False)),
        ("RESET lock_timeout", o.SetSetting("lock_timeout", "", is_set=False, is_reset=True, is_local=False)),
        ("CREATE TABLE t AS TABLE orders", v.CreateTableAs(Relation("t"), True, False, ("orders",))),
        (
            "CREATE MATERIALIZED VIEW m AS SELECT * FROM orders, audit.log WITH NO DATA",
            v.CreateTableAs(Relation("m"), False, True, ("audit.log", "orders")),
        ),
        (
            "CREATE TABLE IF NOT EXISTS t AS SELECT 1",
            v.CreateTableAs(Relation("t"), True, False, (), is_if_not_exists=True),
        ),
        ("COMMENT ON TABLE orders IS 'x'", v.View()),
    ],
)
def test_a_statement_is_read_with_all_that_is_judged(sql: str, expected: v.View) -> None:
    assert view(sql) == expected
    assert type(view(sql)) is type(expected)


def test_every_statement_has_a_view_and_is_read_once() -> None:
    statement = read("DROP TABLE orders")
    assert statement.view is statement.view
    assert Statement(UNREADABLE, None, "?").view == v.View()
    assert Statement(UNREADABLE, None, "?").row_changes == ()
    with pytest.raises(FrozenInstanceError):
        statement.view.names = ()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DROP COLUMN side", c.DropColumn("AT_DropColumn", "side", 0, is_cascade=False, is_if_exists=False)),
        (
            'drop if exists "Side" cascade',
            c.DropColumn("AT_DropColumn", "Side", 0, is_cascade=True, is_if_exists=True),
        ),
        ("ALTER side SET NOT NULL", c.SetNotNull("AT_SetNotNull", "side", 0)),
        ("ALTER COLUMN side DROP NOT NULL", c.DropNotNull("AT_DropNotNull", "side", 0)),
        ("ALTER side DROP DEFAULT", c.DropDefault("AT_ColumnDefault", "side", 0)),
        ("ALTER side SET DEFAULT 'x'", c.SetDefault("AT_ColumnDefault", "side", 0, expression("'x'"))),
        ("ALTER side SET EXPRESSION AS (a + 1)", c.SetExpression("AT_SetExpression", "side", 0, expression("a + 1"))),
        (
            "DROP CONSTRAINT IF EXISTS fk CASCADE",
            c.DropConstraint("AT_DropConstraint", "fk", 0, is_cascade=True, is_if_exists=True),
        ),
        ("VALIDATE CONSTRAINT fk", c.ValidateConstraint("AT_ValidateConstraint", "fk", 0)),
        ("ALTER CONSTRAINT fk DEFERRABLE", c.AlterConstraint("AT_AlterConstraint", "", 0, "fk", None)),
        ("ALTER CONSTRAINT fk NOT ENFORCED", c.AlterConstraint("AT_AlterConstraint", "", 0, "fk", is_enforced=False)),
        ("INHERIT s.parent", c.ChangeInheritance("AT_AddInherit", "", 0, Relation("parent", "s"))),
        ("NO INHERIT parent", c.ChangeInheritance("AT_DropInherit", "", 0, Relation("parent"))),
        ("REPLICA IDENTITY NOTHING", c.ReplicaIdentity("AT_ReplicaIdentity", "", 0, is_nothing=True)),
        ("REPLICA IDENTITY FULL", c.ReplicaIdentity("AT_ReplicaIdentity", "", 0, is_nothing=False)),
        ("OWNER TO SESSION_USER", c.ChangeOwner("AT_ChangeOwner", "", 0, "SESSION_USER")),
        (
            "DETACH PARTITION s.p CONCURRENTLY",
            c.DetachPartition("AT_DetachPartition", "", 0, Relation("p", "s"), is_concurrent=True, is_finalize=False),
        ),
        (
            "DETACH PARTITION p FINALIZE",
            c.DetachPartition("AT_DetachPartitionFinalize", "", 0, Relation("p"), is_concurrent=False, is_finalize=True),
        ),
        ("SET TABLESPACE fast", c.AlterCommand("AT_SetTableSpace", "fast", 0)),
        ("DISABLE TRIGGER stamp", c.AlterCommand("AT_DisableTrig", "stamp", 0)),
        ("ENABLE ROW LEVEL SECURITY", c.AlterCommand("AT_EnableRowSecurity", "", 0)),
    ],
)
def test_a_subcommand_is_read_with_all_that_is_judged(sql: str, expected: c.AlterCommand) -> None:
    assert commands(f"ALTER TABLE orders {sql}") == (expected,)
    assert type(commands(f"ALTER TABLE orders {sql}")[0]) is type(expected)


def test_several_subcommands_keep_their_order_and_their_places() -> None:
    found = commands("ALTER TABLE orders DROP a, ADD b int, ALTER c TYPE text, DROP CONSTRAINT d")
    assert [(type(item), item.name, item.position) for item in found] == [
        (c.DropColumn, "a", 0), (c.AddColumn, "", 1), (c.AlterColumnType, "c", 2), (c.DropConstraint, "d", 3),
    ]


@pytest.mark.parametrize(
    ("sql", "relation", "is_of_index"),
    [
        ("ALTER TABLE orders SET LOGGED", ORDERS, False),
        ("ALTER TABLE IF EXISTS public.orders SET LOGGED", Relation("orders", "public"), False),
        ('ALTER TABLE ONLY audit."Log" SET LOGGED', Relation("Log", "audit", is_only=True), False),
        ("ALTER INDEX i SET TABLESPACE fast", Relation("i"), True),
    ],
)
def test_what_is_altered_bears_its_name_as_written(sql: str, relation: Relation, is_of_index: bool) -> None:
    found = view(sql)
    assert isinstance(found, v.AlterTable)
    assert (found.relation, found.is_of_index) == (relation, is_of_index)


@pytest.mark.parametrize(
    ("relation", "shown"),
    [
        (ORDERS, "orders"),
        (Relation("orders", "public"), "orders"),
        (Relation("log", "audit"), "audit.log"),
        (Relation("Log", "audit", is_only=True), "audit.Log"),
    ],
)
def test_a_relation_is_shown_as_the_schema_knows_it(relation: Relation, shown: str) -> None:
    assert relation.shown == shown


def test_a_columns_type_is_read_with_its_numbers() -> None:
    assert column("n integer").column_type == INTEGER
    assert column("n numeric(10, 2)[]").column_type == ColumnType(("pg_catalog", "numeric"), (10, 2), 1)
    assert column("n numeric(10, 2)[]").column_type.sql == "numeric(10, 2)[]"
    assert column('n audit."Mood"').column_type == ColumnType(("audit", "Mood"))
    assert column("n BIGSERIAL").is_serial
    assert not column("n bigint").is_serial


def test_what_stands_beside_a_column_is_read_and_null_and_deferrable_are_no_constraints() -> None:
    found = column(
        '"Side" text COLLATE "C" CONSTRAINT filled NOT NULL DEFAULT lower(\'X\') UNIQUE CHECK (f("Side")) '
        "REFERENCES s.sides (code) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
    )
    assert found.name == "Side"
    assert [type(item) for item in found.constraints] == [k.NotNull, k.Default, k.Unique, k.Check, k.ForeignKey]
    assert found.all_of(k.NotNull) == (k.NotNull(name="filled"),)
    assert found.default == expression("lower('X')")
    assert found.calls == {"lower", "f"}
    [link] = found.all_of(k.ForeignKey)
    assert (link.target, link.target_columns, link.on_delete, link.columns) == (
        Relation("sides", "s"), ("code",), "CASCADE", (),
    )
    assert found.has(k.Unique, k.PrimaryKey)
    assert not found.has(k.PrimaryKey, k.Identity)
    assert column("n int NULL").constraints == ()


def test_generated_columns_and_identities_are_told_apart() -> None:
    stored = column("n int GENERATED ALWAYS AS (a * 2) STORED")
    assert stored.generated == expression("a * 2")
    assert stored.default is None
    assert [item.is_virtual for item in stored.all_of(k.Generated)] == [False]
    assert [item.is_virtual for item in column("n int GENERATED ALWAYS AS (a) VIRTUAL").all_of(k.Generated)] == [True]
    assert column("n int GENERATED BY DEFAULT AS IDENTITY").has(k.Identity)
    assert column("n int PRIMARY KEY").has(k.PrimaryKey)


def test_add_column_if_not_exists_is_told_apart() -> None:
    [plain], [guarded] = commands("ALTER TABLE t ADD a int"), commands("ALTER TABLE t ADD COLUMN IF NOT EXISTS a int")
    assert isinstance(plain, c.AddColumn)
    assert isinstance(guarded, c.AddColumn)
    assert (plain.is_if_not_exists, guarded.is_if_not_exists) == (False, True)


def test_a_new_type_is_read_with_its_conversion_and_its_collation() -> None:
    [found] = commands('ALTER TABLE t ALTER "C" SET DATA TYPE varchar(10) COLLATE pg_catalog."C" USING upper("C")')
    assert isinstance(found, c.AlterColumnType)
    assert found.name == "C"
    assert found.column_type == ColumnType(("pg_catalog", "varchar"), (10,))
    assert found.collation == ("pg_catalog", "C")
    assert found.using == expression('upper("C")')
    [plain] = commands("ALTER TABLE t ALTER c TYPE text")
    assert isinstance(plain, c.AlterColumnType)
    assert (plain.using, plain.collation) == (None, ())


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CHECK (a > 0)", k.Check(condition=expression("a > 0"))),
        (
            'CONSTRAINT "C" CHECK (a > 0) NO INHERIT NOT VALID',
            k.Check(name="C", condition=expression("a > 0"), is_no_inherit=True, is_not_valid=True),
        ),
        ("CHECK (a > 0) NOT ENFORCED", k.Check(condition=expression("a > 0"), is_not_valid=True, is_enforced=False)),
        ("UNIQUE (a, b)", k.Unique(columns=("a", "b"))),
        ("CONSTRAINT u UNIQUE USING INDEX i", k.Unique(name="u", index_name="i")),
        ("PRIMARY KEY (a)", k.PrimaryKey(columns=("a",))),
        ("CONSTRAINT p PRIMARY KEY USING INDEX i", k.PrimaryKey(name="p", index_name="i")),
        ("CONSTRAINT e EXCLUDE USING gist (a WITH &&)", k.Exclude(name="e")),
        ("CONSTRAINT n NOT NULL a NOT VALID", k.NotNull(name="n", columns=("a",), is_not_valid=True)),
        ("FOREIGN KEY (a) REFERENCES t", k.ForeignKey(columns=("a",), target=Relation("t"))),
        (
            "CONSTRAINT f FOREIGN KEY (a, b) REFERENCES public.t (c, d) MATCH FULL ON DELETE SET NULL (a) "
            "ON UPDATE RESTRICT DEFERRABLE INITIALLY DEFERRED NOT VALID",
            k.ForeignKey(
                name="f", columns=("a", "b"), target=Relation("t", "public"), target_columns=("c", "d"),
                is_match_simple=False, on_delete="SET NULL", on_update="RESTRICT", set_columns=("a",),
                is_deferrable=True, is_deferred=True, is_not_valid=True,
            ),
        ),
    ],
)
def test_a_constraint_is_read_with_all_that_is_judged(sql: str, expected: k.Constraint) -> None:
    assert constraint(sql) == expected
    assert type(constraint(sql)) is type(expected)


def test_an_index_is_read_with_all_that_is_judged() -> None:
    found = view(
        'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "I" ON ONLY audit.log USING gin (a, lower(b), c DESC, d text_ops) '
        "INCLUDE (e) NULLS NOT DISTINCT WITH (fillfactor = 70) WHERE a IS NOT NULL"
    )
    assert found == v.CreateIndex(
        name="I", relation=Relation("log", "audit", is_only=True),
        elements=(
            v.IndexElement("a", is_plain=True), v.IndexElement("", is_plain=False),
            v.IndexElement("c", is_plain=False), v.IndexElement("d", is_plain=False),
        ),
        method="gin", is_unique=True, is_concurrent=True, is_if_not_exists=True, included=("e",),
        where=expression("a IS NOT NULL"), is_nulls_not_distinct=True, has_storage=True,
    )
    assert view("create index on orders (a)") == v.CreateIndex("", ORDERS, (v.IndexElement("a", is_plain=True),))


def test_a_table_is_read_with_its_columns_and_constraints_in_the_order_of_the_text() -> None:
    found = view(
        "CREATE TABLE IF NOT EXISTS audit.t (id int REFERENCES a, FOREIGN KEY (id) REFERENCES b, LIKE orders, "
        "n text REFERENCES c, PRIMARY KEY (id))"
    )
    assert isinstance(found, v.CreateTable)
    assert (found.table, found.is_if_not_exists, found.partition_of) == ("audit.t", True, None)
    assert [item.name for item in found.columns] == ["id", "n"]
    links = [(link.target.name, item.name if item else "") for link, item in found.all_of(k.ForeignKey)]
    assert links == [("a", "id"), ("b", ""), ("c", "n")]
    assert [key.columns for key, _ in found.all_of(k.PrimaryKey)] == [("id",)]


@pytest.mark.parametrize(
    ("bound", "strategy", "low", "high", "values"),
    [
        ("FOR VALUES FROM (MINVALUE) TO ('2026-01-01')", "range", ["minvalue"], ["'2026-01-01'"], []),
        ("FOR VALUES IN (1, NULL)", "list", [], [], ["1", "NULL"]),
        ("FOR VALUES WITH (MODULUS 4, REMAINDER 3)", "hash", [], [], []),
        ("DEFAULT", "", [], [], []),
    ],
)
def test_a_partition_is_read_with_its_bounds_made_or_attached(
    bound: str, strategy: str, low: list[str], high: list[str], values: list[str]
) -> None:
    created = view(f"CREATE TABLE s.p PARTITION OF s.t {bound}")
    [attached] = commands(f"ALTER TABLE s.t ATTACH PARTITION s.p {bound}")
    assert isinstance(created, v.CreateTable)
    assert isinstance(attached, c.AttachPartition)
    assert (created.relation, created.partition_of) == (Relation("p", "s"), Relation("t", "s"))
    assert attached.partition == Relation("p", "s")
    assert created.bound == attached.bound
    found = created.bound
    assert found is not None
    assert (found.strategy, found.is_default) == (strategy, bound == "DEFAULT")
    assert [item.sql for item in found.low] == low
    assert [item.sql for item in found.high] == high
    assert [item.sql for item in found.values] == values
    assert (found.modulus, found.remainder) == ((4, 3) if strategy == "hash" else (0, 0))


@pytest.mark.parametrize(
    ("sql", "action", "added"),
    [
        ("ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID", "add constraint", "c"),
        ("DROP CONSTRAINT c", "drop constraint", ""),
        ("VALIDATE CONSTRAINT c", "validate constraint", ""),
        ("SET NOT NULL", "set not null", ""),
        ("DROP NOT NULL", "drop not null", ""),
        ("SET DEFAULT 1", "set default", ""),
        ("DROP DEFAULT", "set default", ""),
    ],
)
def test_each_change_of_a_domain_is_told_apart(sql: str, action: str, added: str) -> None:
    found = view(f"ALTER DOMAIN d {sql}")
    assert isinstance(found, o.AlterDomain)
    assert found.action == action
    assert (found.constraint.name if found.constraint else "") == added
    assert found.constraint is None or found.constraint.is_not_valid


def test_an_index_that_is_attached_has_no_bound() -> None:
    found = view("ALTER INDEX i ATTACH PARTITION j")
    assert isinstance(found, v.AlterTable)
    assert found.is_of_index
    assert found.commands == (c.AttachPartition("AT_AttachPartition", "", 0, Relation("j"), None),)


@pytest.mark.parametrize(
    ("condition", "has_where"),
    [
        ("", False), ("WHERE true", False), ("WHERE 1 = 1", False), ("WHERE true AND 2 = 2", False),
        ("WHERE id = 1 OR true", False), ("WHERE id = 1", True), ("WHERE id = id", True), ("WHERE false", True),
        ("WHERE true AND id = 1", True), ("WHERE 1 = 2", True),
    ],
)
def test_a_condition_that_leaves_no_row_out_is_none(condition: str, has_where: bool) -> None:
    delete, update = view(f"DELETE FROM ONLY audit.log {condition}"), view(f"UPDATE audit.log SET a = 1 {condition}")
    assert isinstance(delete, r.Delete)
    assert isinstance(update, r.Update)
    assert (delete.has_where, update.has_where) == (has_where, has_where)
    assert (delete.table, update.table) == ("audit.log", "audit.log")
    assert (delete.where is None, update.where is None) == (not condition, not condition)


def test_an_update_is_read_with_its_assignments() -> None:
    found = view('WITH x AS (SELECT 1) UPDATE orders SET "A" = b + 1, (c, d) = (SELECT 1, 2) FROM users WHERE e')
    assert isinstance(found, r.Update)
    assert (found.has_with, found.has_from) == (True, True)
    assert found.assignments == (
        r.Assignment("A", expression("b + 1")), r.Assignment("c", None), r.Assignment("d", None),
    )


def test_changes_of_rows_are_found_inside_with_and_explain() -> None:
    statement = read(
        "WITH gone AS (DELETE FROM orders USING users WHERE orders.id = users.id RETURNING *), "
        "new AS (INSERT INTO audit.log SELECT * FROM gone ON CONFLICT (id) DO UPDATE SET a = 1) SELECT 1"
    )
    assert statement.view == v.View()
    [delete], [insert] = statement.changes_of(r.Delete), statement.changes_of(r.Insert)
    assert (delete.table, delete.has_using, delete.has_where) == ("orders", True, True)
    assert (insert.table, insert.is_from_query, insert.is_upsert) == ("audit.log", True, True)
    assert statement.changes_of(r.Update) == ()
    assert statement.changed_tables == {"orders", "audit.log"}
    assert [change.table for change in read("EXPLAIN ANALYZE DELETE FROM orders").row_changes] == ["orders"]


@pytest.mark.parametrize(
    ("sql", "is_from_query", "is_upsert"),
    [
        ("INSERT INTO t VALUES (1), (2)", False, False),
        ("WITH x AS (SELECT 1) INSERT INTO t VALUES (1)", False, False),
        ("INSERT INTO t DEFAULT VALUES", False, False),
        ("INSERT INTO t SELECT 1", True, False),
        ("INSERT INTO t TABLE u", True, False),
        ("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", False, False),
        ("INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2", False, True),
    ],
)
def test_rows_that_are_written_out_are_told_from_those_of_a_query(sql: str, is_from_query: bool, is_upsert: bool) -> None:
    assert view(sql) == r.Insert(Relation("t"), sql.startswith("WITH"), is_from_query, is_upsert)


def test_an_insert_tells_the_columns_that_it_lists() -> None:
    found = view('INSERT INTO t (a, "B") VALUES (1, 2)')
    assert isinstance(found, r.Insert)
    assert found.columns == ("a", "B")
    assert read("DELETE FROM t WHERE t.a = 1 RETURNING b, *").column_names == {"a", "b", ""}


def test_a_merge_is_read_with_what_its_branches_do() -> None:
    found = view(
        "MERGE INTO orders o USING users u ON o.id = u.id WHEN MATCHED AND o.a THEN DELETE WHEN MATCHED THEN DO NOTHING "
        "WHEN NOT MATCHED THEN INSERT VALUES (1)"
    )
    assert found == r.Merge(ORDERS, False, frozenset({"DELETE", "NOTHING", "INSERT"}))


def test_an_expression_tells_what_it_is() -> None:
    assert expression("lower(a)").sql == "lower(a)"
    assert expression("a + t.b").of_new_row == "NEW.a + NEW.b"
    assert (expression("a::int::text").cast_column, expression("a + 1").cast_column) == ("a", "")
    assert (expression("a").column, expression("t.a").column, expression("1").column) == ("a", "", "")
    assert expression("1 = 1").is_always_true
    assert not expression("a").is_always_true
    assert (expression('"C" IS NOT NULL').not_null_column, expression("a IS NULL").not_null_column) == ("C", None)
    assert [expression(text).constant for text in ("'x'", "7", "true", "1.5", "NULL", "a")] == ["x", 7, True, None, None, None]
    assert expression("a  +1") == expression("a + 1")
    assert hash(expression("a  +1")) == hash(expression("a + 1"))
    assert expression("a") != expression("b")
    assert repr(expression("a")) == "Expression('a')"


@pytest.mark.parametrize(
    ("value", "comes_to_rest"),
    [("1", True), ("b", True), ("lower(b)", True), ("a", False), ("a + 1", False), ("now()", False),
     ("current_date", False), ("lower(random()::text)", False)],
)
def test_an_assignment_that_never_comes_to_rest_is_told(value: str, comes_to_rest: bool) -> None:
    assert expression(value).comes_to_rest(frozenset({"a"})) == comes_to_rest


@pytest.mark.parametrize(
    ("sql", "is_cascade"),
    [
        ("DROP TABLE a CASCADE", True), ("DROP TABLE a", False), ("ALTER TABLE a DROP b CASCADE", True),
        ("DROP OWNED BY ann CASCADE", True), ("TRUNCATE a CASCADE", False), ("SELECT 1", False),
    ],
)
def test_cascade_is_seen_where_something_is_dropped(sql: str, is_cascade: bool) -> None:
    assert read(sql).is_cascade == is_cascade


def test_a_statement_tells_its_calls_its_relations_and_its_texts() -> None:
    statement = read("SELECT pg_catalog.SETVAL('s.seq', max(id)), f() FROM orders o, audit.log, public.orders WHERE a = 'b'")
    assert [(call.name, len(call.arguments)) for call in statement.calls] == [("setval", 2), ("max", 1), ("f", 0)]
    assert statement.calls[0].arguments[0].constant == "s.seq"
    assert set(statement.relations) == {"orders", "audit.log"}
    assert statement.string_literals >= {"s.seq", "b"}
    assert {"orders", "log"} <= statement.names_written()


def test_the_view_of_every_known_statement_can_be_read() -> None:
    for sql in corpus():
        for statement in read_statements(sql):
            assert isinstance(statement.view, v.View)
            assert all(isinstance(change, r.RowChange) for change in statement.row_changes)
