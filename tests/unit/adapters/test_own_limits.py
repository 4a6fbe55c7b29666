"""What the scratch server has not says nothing of production; what production has not either is a failure."""

from __future__ import annotations

import pytest

from deploy.adapters.scratch.own_limits import Production, limit_of

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
