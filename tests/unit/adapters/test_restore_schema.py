"""A schema of another minor: what changes no structure is left out, anything else is named with its true cause."""

from __future__ import annotations

import pytest

from deploy.adapters.scratch.server import not_started
from deploy.checking.measuring.restore_schema import require_whole, without_unknown
from deploy.model.errors import BlockedError
from deploy.model.snapshot import Snapshot

SERVER = "PostgreSQL 15.18 (host)"
UNKNOWN = 'unrecognized parameter "pg_attver"'


def a_snapshot(version: str = "15.20", **changes: object) -> Snapshot:
    sql = "-- Dumped from database version 15.20\n-- Dumped by pg_dump version 15.18\n"
    return Snapshot("now", "shop", version, 15, ("r1",), sql, ("shop",), (), (), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("CREATE TABLE a (id int) WITH (pg_attver='2')", "CREATE TABLE a (id int)"),
        ("CREATE TABLE a (id int) WITH (fillfactor='70', pg_attver='2')", "CREATE TABLE a (id int) WITH (fillfactor='70')"),
        ("CREATE TABLE a (id int) WITH (pg_attver=2, fillfactor=70)", "CREATE TABLE a (id int) WITH (fillfactor=70)"),
        ("ALTER TABLE ONLY a ALTER COLUMN b SET (pg_attver=2)", ""),
        ("ALTER TABLE ONLY a ADD CONSTRAINT c PRIMARY KEY (id)", None),
    ],
)
def test_a_parameter_that_this_server_does_not_know_is_left_out(statement: str, left: str | None) -> None:
    assert without_unknown(statement, UNKNOWN) == left


def test_a_setting_that_this_server_does_not_know_is_left_out_and_nothing_else() -> None:
    error = 'unrecognized configuration parameter "transaction_timeout"'
    assert without_unknown("-- a comment\n\nSET transaction_timeout = 0", error) == ""
    assert without_unknown("ALTER FUNCTION f() SET transaction_timeout = 0", error) is None
    assert without_unknown("SET transaction_timeout = 0", 'relation "a" does not exist') is None


def test_an_older_program_is_named_as_the_cause_with_what_to_install() -> None:
    with pytest.raises(BlockedError) as caught:
        require_whole(['syntax error at or near "NEW"', "no"], SERVER, 15, a_snapshot())
    assert caught.value.reference == "schema-not-restored"
    assert "scratch server 15.18 and pg_dump 15.18 are older than the server 15.20" in caught.value.what
    assert "(and 1 more)" in caught.value.what
    assert "PostgreSQL 15.20" in caught.value.hint


def test_the_same_version_is_not_blamed() -> None:
    with pytest.raises(BlockedError) as caught:
        require_whole(['syntax error at or near "NEW"'], SERVER, 15, a_snapshot("15.18"))
    assert "older" not in caught.value.what


def test_what_only_production_has_is_read_instead_of_tried() -> None:
    problems = ('extension "vector" is not available', 'type "public.vector" does not exist')
    with pytest.raises(BlockedError) as caught:
        require_whole(problems, SERVER, 15, a_snapshot(available_extensions=("plpgsql", "vector")))
    assert caught.value.reference == "not-tried-here"
    assert "has no extension vector" in caught.value.what


@pytest.mark.parametrize(
    ("problem", "version"), [('syntax error at or near "NEW"', "15.20"), ('syntax error at or near "NEW"', "15.18")],
    ids=["older", "another"],
)
def test_a_schema_that_cannot_be_made_names_what_a_deployment_can_set(problem: str, version: str) -> None:
    with pytest.raises(BlockedError) as caught:
        require_whole([problem], SERVER, 15, a_snapshot(version))
    assert "DEPLOY_CHECK=parsed" in caught.value.hint
    assert "migration-check.sh also takes" in caught.value.hint


def test_what_is_missing_here_can_be_named_for_a_deployment_too() -> None:
    with pytest.raises(BlockedError) as caught:
        require_whole(['extension "vector" is not available'], SERVER, 15, a_snapshot(available_extensions=("vector",)))
    assert caught.value.reference == "not-tried-here"
    assert "DEPLOY_SCRATCH_IMAGE" in caught.value.hint


def test_a_scratch_server_that_does_not_start_names_what_a_deployment_can_set() -> None:
    error = not_started("FATAL: could not write: No space left on device")
    assert error.reference == "scratch-server-not-started"
    assert "DEPLOY_CHECK=parsed" in error.hint
    assert "migration-check.sh also takes" in error.hint
