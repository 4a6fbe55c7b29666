"""The model of a schema follows the statements that make it."""

from __future__ import annotations

import pytest

from deploy.checking.prediction.effects import predict
from deploy.checking.prediction.schema import Schema, alterations
from deploy.checking.prediction.schema.apply import apply
from deploy.checking.prediction.schema.objects import Relation
from deploy.checking.statements import read_statements
from deploy.model.locks import LockMode


def after(*sqls: str, major: int = 16, label: str | None = None) -> Schema:
    schema = Schema(server_major=major)
    if label is not None:
        schema.begin(label)
    for sql in sqls:
        for statement in read_statements(sql):
            apply(schema, statement)
    return schema


def relation(schema: Schema, name: str) -> Relation:
    place, _, bare = name.rpartition(".")
    found = schema.relation(place, bare)
    assert found is not None
    return found


def test_a_table_is_not_its_own_partition() -> None:
    schema = after(
        "CREATE TABLE t (a int) PARTITION BY LIST (a)", "CREATE TABLE t PARTITION OF t FOR VALUES IN (1)",
        "ALTER TABLE t ATTACH PARTITION t FOR VALUES IN (2)", "ALTER TABLE t INHERIT t",
    )
    assert relation(schema, "t") in relation(schema, "t").family()
    assert relation(schema, "t").partitions == []


def test_a_domain_is_not_its_own_base() -> None:
    schema = after("CREATE DOMAIN d AS int", "CREATE DOMAIN d AS d CHECK (value > 0)", "CREATE DOMAIN d AS d")
    found = schema.user_type("", "d")
    assert found is not None
    assert found.has_constraints


def test_a_view_that_is_replaced_by_a_query_on_itself_ends() -> None:
    schema = after("CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT a FROM t",
                   "CREATE OR REPLACE VIEW v AS SELECT a FROM v")
    (statement,) = read_statements("SELECT * FROM v")
    assert predict(statement, schema, server_major=16).lock_on("v") is LockMode.ACCESS_SHARE


def test_the_sequence_of_an_identity_column_has_the_name_that_pg_dump_gives() -> None:
    schema = after(
        "CREATE TABLE public.t (id bigint NOT NULL)",
        "ALTER TABLE public.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.other_seq)",
    )
    assert relation(schema, "other_seq").owner is relation(schema, "t").columns["id"]


def test_a_sequence_goes_with_the_table_that_owns_it() -> None:
    schema = after("CREATE TABLE t (id int)", "CREATE SEQUENCE s", "ALTER SEQUENCE s OWNED BY t.id", "DROP TABLE t")
    assert schema.relation("", "s") is None


def test_a_sequence_that_is_owned_no_more_stays() -> None:
    schema = after("CREATE TABLE t (id serial)", "ALTER SEQUENCE t_id_seq OWNED BY NONE", "ALTER TABLE t ALTER id DROP DEFAULT",
                   "DROP TABLE t")
    assert schema.relation("", "t_id_seq") is not None


@pytest.mark.parametrize("default", ["NULL", "NULL::text"])
def test_a_default_of_null_is_none(default: str) -> None:
    schema = after(f"CREATE TABLE t (a text DEFAULT {default}, b text DEFAULT 'x')")
    assert not relation(schema, "t").columns["a"].has_default
    assert relation(schema, "t").columns["b"].has_default


def test_a_local_search_path_ends_with_the_transaction() -> None:
    schema = after("SET search_path TO app", "SET LOCAL search_path TO other", "CREATE TABLE a (x int)")
    schema.end_transaction()
    apply(schema, read_statements("CREATE TABLE b (x int)")[0])
    assert schema.relation("other", "a") is not None
    assert schema.relation("app", "b") is not None


def test_a_revision_begins_with_the_session_of_its_own() -> None:
    schema = after("SELECT pg_catalog.set_config('search_path', '', false)")
    schema.begin("r1")
    apply(schema, read_statements("CREATE TABLE t (x int)")[0])
    assert schema.relation("public", "t") is not None
    assert schema.is_new("t", "r1")


def test_a_new_enum_value_may_be_used_after_its_transaction() -> None:
    schema = after("CREATE TYPE mood AS ENUM ('a')", "CREATE TABLE t (m mood)")
    schema.begin("r1")
    apply(schema, read_statements("ALTER TYPE mood ADD VALUE 'b'")[0])
    (use,) = read_statements("INSERT INTO t VALUES ('b')")
    assert "unsafe use of new value" in predict(use, schema, server_major=16).error
    schema.end_transaction()
    assert predict(use, schema, server_major=16).error == ""


def test_a_value_of_a_new_enum_may_be_used_at_once() -> None:
    schema = after(
        "CREATE TYPE mood AS ENUM ('a')", "CREATE TABLE t (m mood)", "ALTER TYPE mood ADD VALUE 'b'", label="r1"
    )
    (use,) = read_statements("INSERT INTO t VALUES ('b')")
    assert predict(use, schema, server_major=16).error == ""


def test_a_partition_gets_the_parts_of_what_its_parent_has() -> None:
    schema = after(
        "CREATE TABLE t (a int PRIMARY KEY) PARTITION BY LIST (a)",
        "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1)", major=18,
    )
    part = relation(schema, "t1")
    assert [index.name for index in part.indexes] == ["t1_pkey"]
    assert part.triggers["g"].table is part
    assert part.columns["a"].not_null_name == "t_a_not_null"


def test_a_key_on_the_parent_alone_waits_for_its_parts() -> None:
    schema = after(
        "CREATE TABLE t (a int) PARTITION BY LIST (a)", "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1)",
        "ALTER TABLE ONLY t ADD CONSTRAINT t_pkey PRIMARY KEY (a)",
        "ALTER TABLE ONLY t1 ADD CONSTRAINT t1_pkey PRIMARY KEY (a)", "ALTER INDEX t_pkey ATTACH PARTITION t1_pkey",
    )
    assert [index.name for index in relation(schema, "t1").indexes] == ["t1_pkey"]
    (index,) = relation(schema, "t").indexes
    assert index.is_valid
    assert index.children == relation(schema, "t1").indexes


def test_what_is_not_understood_is_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise IndexError("broken")

    schema = after("CREATE TABLE t (a int)")
    monkeypatch.setitem(alterations._CHANGES, "AT_DropColumn", broken)
    apply(schema, read_statements("ALTER TABLE t DROP COLUMN a")[0])
    assert schema.doubts
    assert relation(schema, "t").is_uncertain
