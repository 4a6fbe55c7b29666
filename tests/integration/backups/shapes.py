"""What a database may hold: one group of statements for each thing that backups have lost somewhere."""

from __future__ import annotations

SHAPES: dict[str, tuple[str, ...]] = {
    "enums and domains": (
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s fine')",
        "CREATE DOMAIN positive AS numeric(12, 3) CHECK (VALUE > 0)",
        "CREATE TYPE pair AS (a int, b text)",
        "CREATE TABLE typed (m mood, p positive, c pair, r int4range, a text[], n numeric[])",
        "INSERT INTO typed VALUES ('it''s fine', 1.500, '(1,\"x,y\")', '[1,5)', '{a,NULL,\"b\\\"c\"}', '{NaN,1.10}')",
        "INSERT INTO typed VALUES (NULL, NULL, NULL, 'empty', '{}', NULL)",
    ),
    "partitions in two storeys": (
        "CREATE TABLE sales (at date NOT NULL, region text NOT NULL, amount int) PARTITION BY RANGE (at)",
        "CREATE TABLE sales_2025 PARTITION OF sales FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') "
        "PARTITION BY LIST (region)",
        "CREATE TABLE sales_2025_north PARTITION OF sales_2025 FOR VALUES IN ('north')",
        "CREATE TABLE sales_2025_rest PARTITION OF sales_2025 DEFAULT",
        # Another order of columns, as an attached table may have.
        "CREATE TABLE sales_old (amount int, region text NOT NULL, at date NOT NULL)",
        "ALTER TABLE sales ATTACH PARTITION sales_old FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
        "INSERT INTO sales SELECT DATE '2024-06-01' + n, CASE n % 2 WHEN 0 THEN 'north' ELSE 'south' END, n "
        "FROM generate_series(0, 500) n",
        "CREATE INDEX ON sales (region)",
    ),
    "identity and sequences": (
        "CREATE TABLE numbered (id bigint GENERATED ALWAYS AS IDENTITY, n serial, t text)",
        "INSERT INTO numbered (t) SELECT 'row' FROM generate_series(1, 17)",
        "CREATE SEQUENCE downwards INCREMENT -1 START 100 MINVALUE -50 MAXVALUE 1000",
        "SELECT nextval('downwards') FROM generate_series(1, 40)",
        "CREATE SEQUENCE around CYCLE MAXVALUE 5",
        "SELECT nextval('around') FROM generate_series(1, 7)",
        "CREATE SEQUENCE untouched",
    ),
    "generated columns": (
        "CREATE TABLE computed (a int, b int GENERATED ALWAYS AS (a * 2) STORED, "
        "t text, l int GENERATED ALWAYS AS (length(t)) STORED)",
        "INSERT INTO computed (a, t) VALUES (1, 'x'), (NULL, 'yy'), (3, NULL)",
    ),
    "large objects": (
        "SELECT lo_from_bytea(4711, 'first'), lo_from_bytea(4712, decode(repeat('00ff', 5000), 'hex'))",
        "CREATE TABLE pictures (id int, picture oid)", "INSERT INTO pictures VALUES (1, 4711), (2, 4712)",
    ),
    "materialized views": (
        "CREATE TABLE base (n int)", "INSERT INTO base SELECT generate_series(1, 100)",
        "CREATE MATERIALIZED VIEW sums AS SELECT sum(n) FROM base",
        "CREATE MATERIALIZED VIEW never_filled AS SELECT n FROM base WITH NO DATA",
        "CREATE VIEW seen AS SELECT n FROM base WHERE n > 50",
    ),
    "inheritance": (
        "CREATE TABLE parent (id int, name text)",
        "CREATE TABLE child (born date) INHERITS (parent)",
        "INSERT INTO parent VALUES (1, 'a')", "INSERT INTO child VALUES (2, 'b', '2020-02-29')",
        # It comes behind `born` here, and before it in a restored database.
        "ALTER TABLE parent ADD COLUMN later text DEFAULT 'x'",
        "ALTER TABLE parent DROP COLUMN name",
    ),
    "unlogged": ("CREATE UNLOGGED TABLE scratch_pad (n int)", "INSERT INTO scratch_pad SELECT generate_series(1, 10)"),
    "row security that binds its owner": (
        "CREATE TABLE secret (who text, what text)",
        "INSERT INTO secret VALUES ('ann', 'one'), ('bob', 'two'), ('bob', 'three')",
        "ALTER TABLE secret ENABLE ROW LEVEL SECURITY", "ALTER TABLE secret FORCE ROW LEVEL SECURITY",
        "CREATE POLICY own ON secret USING (who = current_user)",
    ),
    "another owner": (
        "DO $$ BEGIN CREATE ROLE \"Clerk's\"; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        "CREATE TABLE owned (n int)", "INSERT INTO owned VALUES (1)", "ALTER TABLE owned OWNER TO \"Clerk's\"",
        "GRANT SELECT ON owned TO PUBLIC",
    ),
    "odd names": (
        'CREATE SCHEMA "Odd X"', 'CREATE TABLE "Odd X"."a b" ("select" int, "r" text, "surefoot_row_" int, "ä""ö" text)',
        "INSERT INTO \"Odd X\".\"a b\" VALUES (1, 'r', 2, 'umlaut'), (3, NULL, NULL, '')",
        'CREATE TABLE r (r int, t text)', "INSERT INTO r VALUES (1, 'x'), (2, 'y')",
        'CREATE TABLE "it\'s {braces} %I $1" (n int)', 'INSERT INTO "it\'s {braces} %I $1" VALUES (1)',
        'CREATE SEQUENCE "Odd X"."S q"', 'CREATE TABLE "no columns" ()', 'INSERT INTO "no columns" DEFAULT VALUES',
    ),
    "values that look otherwise elsewhere": (
        "CREATE TABLE odd_values (f double precision, g real, b bytea, j json, jb jsonb, ts timestamptz, tl timestamp, "
        "i interval, m money, u uuid, net inet, bits varbit, tv tsvector, c \"char\", n numeric, d date)",
        "INSERT INTO odd_values VALUES ('NaN', 'Infinity', '\\x00ff', '{\"b\": 1, \"a\": [1.0]}', '{\"b\":1}', "
        "'infinity', '-infinity', '1 mon 2 days 03:04:05.678', 12.34, '00000000-0000-0000-0000-000000000001', "
        "'::1/64', B'1010', 'a:1 b:2', 'x', 'NaN', 'infinity')",
        "INSERT INTO odd_values (f, g, ts, n, d, b) VALUES (0.1 + 0.2, 1e-30, '2024-03-31 01:59:59.999999+02', "
        "0.10, '4713-01-01 BC', '')",
        "INSERT INTO odd_values (f) VALUES ('-0'), ('-Infinity'), (NULL)",
    ),
    "constraints that were never validated": (
        "CREATE TABLE unchecked (n int)", "INSERT INTO unchecked VALUES (-1)",
        "ALTER TABLE unchecked ADD CONSTRAINT positive_n CHECK (n > 0) NOT VALID",
    ),
    "comments, functions, triggers, rules": (
        "CREATE TABLE audited (n int, at timestamptz DEFAULT now())",
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no more rows'; END $$",
        "INSERT INTO audited VALUES (1), (2)",
        "CREATE TRIGGER no_more BEFORE INSERT ON audited EXECUTE FUNCTION refuse()",
        "COMMENT ON TABLE audited IS 'it''s watched'",
    ),
    "revisions": (
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('b2'), ('a1')",
    ),
}
SINCE_18: tuple[str, ...] = (
    "CREATE TABLE virtual (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL)", "INSERT INTO virtual VALUES (1), (2)",
    "CREATE TABLE lax (n int CONSTRAINT lax_n CHECK (n > 0) NOT ENFORCED)", "INSERT INTO lax VALUES (-5)",
)
# Each where the server has it; with rows of its own types.
EXTENSIONS: dict[str, tuple[str, ...]] = {
    "pgcrypto": (), "uuid-ossp": (),
    "citext": ("CREATE TABLE loose (c citext UNIQUE)", "INSERT INTO loose VALUES ('AbC')"),
    "hstore": ("CREATE TABLE stored (h hstore)", "INSERT INTO stored VALUES ('a=>1, b=>NULL')"),
    "ltree": ("CREATE TABLE tree (p ltree)", "INSERT INTO tree VALUES ('top.left')"),
    "vector": ("CREATE TABLE embedded (v vector(3))", "INSERT INTO embedded VALUES ('[1,2.5,-3]')"),
    "btree_gist": (
        "CREATE TABLE booked (room int, at tsrange, EXCLUDE USING gist (room WITH =, at WITH &&))",
        "INSERT INTO booked VALUES (1, '[2024-01-01, 2024-01-02)')",
    ),
    "postgres_fdw": (
        "CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1')",
        "CREATE FOREIGN TABLE far_away (n int) SERVER elsewhere",
    ),
}
