"""What the scratch server has not says nothing of production; what production has not either is a failure."""

from __future__ import annotations

import pytest

from deploy.adapters.scratch.own_limits import Production, limit_of, with_limits
from deploy.model.trace import TracedRevision, TracedRun, TracedStatement

SERVER = "PostgreSQL 15.18 (host)"
CONTROL = 'could not open extension control file "/usr/share/postgresql/15/extension/vector.control": No such file or directory'


@pytest.mark.parametrize(
    ("error", "lacks"),
    [
        ('extension "vector" is not available', "has no extension vector"),
        (CONTROL, "has no extension vector"),
        ('UndefinedObject: role "app" does not exist (0002.py:7)', "has no role app"),
        ('access method "bloom" does not exist', "has no access method bloom"),
        ('language "plpython3u" does not exist', "has no language plpython3u"),
        ('collation "de_DE.utf8" for encoding "UTF8" does not exist', "has no collation de_DE.utf8"),
        ('tablespace "fast" does not exist', "has no tablespace fast"),
        ('unrecognized configuration parameter "pg_stat_statements.max"', "knows no setting pg_stat_statements.max"),
        ('could not access file "$libdir/postgis-3": No such file or directory', "has no library postgis-3"),
    ],
)
def test_what_this_server_has_not_is_named(error: str, lacks: str) -> None:
    assert limit_of(error, SERVER, 15, Production()) == f"this scratch server, {SERVER}, {lacks}"


@pytest.mark.parametrize(
    ("error", "production"),
    [
        ('extension "vector" is not available', Production(extensions=frozenset({"plpgsql"}))),
        ('role "app" does not exist', Production(has_roles=True)),
        ('relation "nosuch" does not exist', Production()),
        ('column "x" of relation "orders" already exists', Production()),
        ('syntax error at or near "VIRTUAL"', Production(major=15)),
    ],
)
def test_what_production_would_refuse_as_well_is_no_limit(error: str, production: Production) -> None:
    assert limit_of(error, SERVER, 15, production) == ""


def test_words_that_only_production_knows_are_its_newer_versions() -> None:
    says = limit_of('syntax error at or near "VIRTUAL"', SERVER, 15, Production(major=18))
    assert says == f"this scratch server, {SERVER}, is older than production's PostgreSQL 18"


@pytest.mark.parametrize(
    ("error", "extension"),
    [
        ('type "geometry" does not exist', "postgis"), ('type "public.vector" does not exist', "vector"),
        ('type "citext[]" does not exist', "citext"), ("function uuid_generate_v4() does not exist", "uuid-ossp"),
        ("function st_makepoint(integer, integer) does not exist", "postgis"),
        ("function public.gen_random_bytes(integer) does not exist", "pgcrypto"),
    ],
)
def test_what_only_an_extension_brings_is_this_servers_lack(error: str, extension: str) -> None:
    assert limit_of(error, SERVER, 15, Production()).endswith(f"which the extension {extension} brings")
    assert limit_of(error, SERVER, 15, Production(major=15)) == ""  # production's extensions were made here


@pytest.mark.parametrize("error", ['type "order_kind" does not exist', "function next_code() does not exist"])
def test_a_type_or_function_of_nobody_is_a_failure(error: str) -> None:
    assert limit_of(error, SERVER, 15, Production()) == ""


def run_of(*sqls: str, is_history: bool = True) -> TracedRun:
    """A run that ended because a table is missing."""
    statements = tuple(TracedStatement("r", "", 0, sql, 1, None) for sql in sqls)
    return TracedRun(
        SERVER, 15, (TracedRevision("r", "", "", statements),), error='relation "users" does not exist',
        is_error_of_sql=True, is_history=is_history,
    )


def test_a_history_that_makes_no_table_begins_in_a_database_that_has_them() -> None:
    assert "users" in with_limits(run_of("ALTER TABLE users ADD x int"), Production()).error_here


@pytest.mark.parametrize(
    ("run", "production"),
    [
        (run_of("CREATE TABLE orders (id int)", "ALTER TABLE users ADD x int"), Production()),
        (run_of("CREATE UNLOGGED TABLE orders (id int)", "ALTER TABLE users ADD x int"), Production()),
        (run_of("ALTER TABLE users ADD x int"), Production(major=15)),
        (run_of("ALTER TABLE users ADD x int", is_history=False), Production()),
    ],
)
def test_a_table_that_nobody_made_is_a_failure(run: TracedRun, production: Production) -> None:
    assert with_limits(run, production).error_here == ""
