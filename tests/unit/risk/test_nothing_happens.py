"""False alarms: what changes nothing, what only a plan is asked of, what no other session sees; and what looks alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.checking.risk.evidence import PendingRevision, PendingStatement
from deploy.checking.risk.facts import Facts
from deploy.checking.risk.judge import judge_run
from deploy.model.check import Baseline
from deploy.model.effects import Drop, Effects, RelationLock
from deploy.model.locks import LockMode
from deploy.model.risk import RevisionRisk, RiskLevel
from tests.unit.risk.test_gates import measured, parsed

ON_USERS = (RelationLock("users", "table", LockMode.ACCESS_EXCLUSIVE),)
READ_USERS = Effects(locks=(RelationLock("users", "table", LockMode.ACCESS_SHARE),), scans=("users",))


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE IF EXISTS nosuch", "DROP TABLE IF EXISTS nosuch CASCADE", "DROP VIEW IF EXISTS nosuch",
        "DROP INDEX IF EXISTS nosuch", "DROP TYPE IF EXISTS nosuch", "DROP FUNCTION IF EXISTS nosuch()",
        "DROP SCHEMA IF EXISTS nosuch CASCADE", "DROP MATERIALIZED VIEW IF EXISTS nosuch",
    ],
)
def test_a_drop_that_found_nothing_is_low(sql: str) -> None:
    risk = measured(sql, Effects())
    assert risk.level is RiskLevel.LOW
    assert not risk.may_be({"loss", "breaks"})


def test_a_drop_that_was_only_read_is_not_known_to_find_nothing() -> None:
    assert parsed("DROP TABLE IF EXISTS nosuch").level is RiskLevel.VERY_HIGH


def test_a_drop_that_found_something_is_as_dangerous_as_without_the_words() -> None:
    risk = measured("DROP TABLE IF EXISTS users", Effects(locks=ON_USERS, drops=(Drop("table", "public.users"),)))
    assert risk.level is RiskLevel.VERY_HIGH


@pytest.mark.parametrize("sql", ["DROP INDEX CONCURRENTLY IF EXISTS users_age", "DROP EVENT TRIGGER IF EXISTS e"])
def test_a_drop_of_what_is_not_seen_to_go_keeps_its_level(sql: str) -> None:
    seen = Effects(locks=(replace(ON_USERS[0], mode=LockMode.SHARE_UPDATE_EXCLUSIVE),), is_in_transaction=False)
    assert measured(sql, seen).level > RiskLevel.LOW


def test_a_column_that_is_not_there_is_no_loss_but_its_table_is_locked() -> None:
    risk = measured("ALTER TABLE users DROP COLUMN IF EXISTS nosuch", Effects(locks=ON_USERS))
    assert risk.level is RiskLevel.LOW
    assert "block" in risk.kinds_of_danger
    assert "loss" not in risk.kinds_of_danger


def test_a_drop_beside_another_change_is_judged_by_its_text() -> None:
    risk = measured(
        "ALTER TABLE users DROP COLUMN IF EXISTS nosuch, ALTER COLUMN age SET NOT NULL", Effects(locks=ON_USERS)
    )
    assert risk.level > RiskLevel.LOW


@pytest.mark.parametrize("sql", ["EXPLAIN DELETE FROM users", "EXPLAIN (ANALYZE false) UPDATE users SET age = 1"])
def test_a_plan_changes_nothing(sql: str) -> None:
    risk = parsed(sql)
    assert risk.level is RiskLevel.LOW
    assert risk.kinds_of_danger == frozenset()


@pytest.mark.parametrize("sql", ["EXPLAIN ANALYZE DELETE FROM users", "EXPLAIN (VERBOSE, ANALYZE on) DELETE FROM users"])
def test_a_plan_that_is_run_changes_rows(sql: str) -> None:
    assert parsed(sql).may_be({"data"})


@pytest.mark.parametrize(
    "make",
    [
        "CREATE TEMP TABLE t (id int)", "CREATE TEMPORARY TABLE t AS SELECT 1 AS id", "SELECT 1 AS id INTO TEMP t",
        "CREATE TABLE pg_temp.t (id int)",
    ],
)
def test_a_temporary_table_is_nobody_elses(make: str) -> None:
    risk = parsed(f"{make}; INSERT INTO t VALUES (1); UPDATE t SET id = 2; DELETE FROM t; DROP TABLE t")
    assert risk.level is RiskLevel.LOW
    assert risk.kinds_of_danger == frozenset()


def test_a_temporary_table_of_an_earlier_revision_is_nobody_elses() -> None:
    risk = parsed("DROP TABLE t", before="CREATE TEMP TABLE t (id int)")
    assert risk.level is RiskLevel.LOW


def test_a_table_of_the_same_name_is_in_danger_once_the_temporary_one_is_gone() -> None:
    risk = parsed("CREATE TEMP TABLE users (id int); DROP TABLE users; DROP TABLE users")
    assert risk.level is RiskLevel.VERY_HIGH


def test_select_into_makes_a_table_of_its_own() -> None:
    assert parsed("SELECT 1 AS id INTO t; DROP TABLE t").level is RiskLevel.LOW


def read_once(*, is_script: bool = False, is_unread: bool = False) -> RevisionRisk:
    """A revision that reads rows of a table that production has."""
    statement = PendingStatement("SELECT count(*) FROM users", "", 0, 1, READ_USERS, is_unread=is_unread)
    revision = PendingRevision("r1", "", "", (statement,), is_script=is_script)
    facts = Facts(baseline=Baseline.REVISION, is_known_production=False)
    return judge_run((revision,), facts).report.revisions[0]


def test_a_query_whose_answer_nobody_gets_decides_nothing() -> None:
    assert read_once(is_script=True).level is RiskLevel.LOW
    assert read_once(is_unread=True).level is RiskLevel.LOW


def test_a_query_whose_answer_the_revision_gets_may_decide_anything() -> None:
    assert read_once().may_be({"loss"})


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("REINDEX (CONCURRENTLY false) TABLE users", "reindex"),
        ("REINDEX (CONCURRENTLY off, VERBOSE) INDEX users_age", "reindex"),
        ("REINDEX (VERBOSE, CONCURRENTLY) TABLE users", "reindex_concurrently"),
        ("REINDEX TABLE CONCURRENTLY users", "reindex_concurrently"),
        ("VACUUM (FULL 1) users", "cluster_or_vacuum_full"),
    ],
)
def test_an_option_is_read_with_its_value(sql: str, rule: str) -> None:
    assert rule in {finding.rule for finding in parsed(sql).findings}


def test_vacuum_that_is_not_full_copies_nothing() -> None:
    assert "cluster_or_vacuum_full" not in {finding.rule for finding in parsed("VACUUM (FULL 0) users").findings}


@pytest.mark.parametrize(
    ("keys", "is_refused"),
    [
        ("CONSTRAINT pk PRIMARY KEY (id), CONSTRAINT uq UNIQUE (id)", False),
        ("CONSTRAINT uq UNIQUE (id), CONSTRAINT pk PRIMARY KEY (id)", False),
        ("CONSTRAINT pk PRIMARY KEY (id), CONSTRAINT uq UNIQUE (id, age)", True),
        ("CONSTRAINT pk PRIMARY KEY (id), CONSTRAINT uq UNIQUE (id) DEFERRABLE", True),
        ("PRIMARY KEY (id), CONSTRAINT uq UNIQUE (id)", True),  # the primary key takes that name
    ],
)
def test_a_key_that_another_one_stands_for_is_not_made(keys: str, is_refused: bool) -> None:
    table = f"CREATE TABLE a (id int NOT NULL, age int NOT NULL, {keys})"
    risk = parsed("ALTER TABLE a ADD CONSTRAINT uq UNIQUE (id)", before=table)
    assert ("fails" in risk.kinds_of_danger) is is_refused
    assert ("block" in risk.kinds_of_danger) is not is_refused
