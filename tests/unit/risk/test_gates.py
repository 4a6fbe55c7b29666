"""What a gate asks for by name: `--fail-on KIND` lets nothing pass that is of this kind, or may be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.checking.risk.evidence import PendingRevision, PendingStatement, from_rendered
from deploy.checking.risk.facts import Facts
from deploy.checking.risk.judge import judge_run
from deploy.model.check import Baseline
from deploy.model.effects import Effects, RelationLock
from deploy.model.locks import LockMode
from deploy.model.risk import RevisionRisk, RevisionSql, RiskLevel

TABLES = "CREATE TABLE users (id bigint PRIMARY KEY, name text, age int); CREATE INDEX users_age ON users (age);"
UNKNOWN_SIZES = Facts(baseline=Baseline.REVISION, is_known_production=False)
KINDS = ("block", "long", "rewrite", "loss", "data", "breaks", "fails")


def parsed(sql: str, before: str = TABLES, facts: Facts = UNKNOWN_SIZES) -> RevisionRisk:
    """The second of two revisions, by its text; each runs in a transaction."""
    texts = [RevisionSql(f"r{n}", "", f"BEGIN; {text}; COMMIT") for n, text in enumerate((before, sql))]
    return judge_run(from_rendered(texts), facts).report.revisions[-1]


def measured(sql: str, effects: Effects, **changes: object) -> RevisionRisk:
    """One statement that was run."""
    statement = PendingStatement(sql, "", 0, 1, effects)
    revision = replace(PendingRevision("r1", "", "", (statement,)), **changes)  # type: ignore[arg-type]
    return judge_run((revision,), UNKNOWN_SIZES).report.revisions[0]


@pytest.mark.parametrize(
    "work",
    [
        "UPDATE users SET name = 'x' WHERE age = 3",
        "DELETE FROM users WHERE age = 3",
        "INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = 'x'",
        "SELECT pg_sleep(20)",
        "SELECT pg_sleep_for('1 minute')",
        "DO $$ BEGIN PERFORM pg_sleep(20); END $$",
        "DO $$ BEGIN EXECUTE 'select pg_' || 'sleep(1)'; END $$",
        "SELECT pg_advisory_xact_lock(7)",
        "CREATE FUNCTION rest() RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(9)'; SELECT rest()",
        "SELECT count(*) FROM users",
        "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c",
    ],
)
def test_work_of_any_kind_under_a_lock_is_long(work: str) -> None:
    risk = parsed(f"ALTER TABLE users ADD COLUMN x int; {work}")
    assert risk.may_be({"long"})
    assert risk.level >= RiskLevel.HIGH


@pytest.mark.parametrize("work", ["SELECT 1", "CREATE TABLE other (id int)", "INSERT INTO users (id) VALUES (1)"])
def test_what_takes_no_time_under_a_lock_is_not_long(work: str) -> None:
    assert not parsed(f"ALTER TABLE users ADD COLUMN x int; {work}").may_be({"long"})


def test_work_without_a_lock_is_not_long() -> None:
    assert not parsed("UPDATE users SET name = 'x' WHERE age = 3").may_be({"long"})


@pytest.mark.parametrize("sql", ["DELETE FROM users", "UPDATE users SET age = 1", "TRUNCATE users"])
def test_rows_of_unknown_number_count(sql: str) -> None:
    assert parsed(sql).may_be({"data"}) or parsed(sql).may_be({"loss"})


@pytest.mark.parametrize("sql", ["DELETE FROM users", "DELETE FROM users WHERE true", "TRUNCATE users"])
def test_a_table_that_is_emptied_is_a_loss_however_it_is_said(sql: str) -> None:
    assert parsed(sql).may_be({"loss"})


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_neither_tried_nor_read_is_of_every_kind(kind: str) -> None:
    risk = parsed("CREATE TABEL x ()")
    assert risk.may_be({kind})


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
        "SELECT lo_unlink(16403)",
        "SELECT lo_import('/tmp/x')",
        "SELECT dblink_exec('host=db', 'DROP TABLE t')",
        "DO $$ BEGIN PERFORM pg_reload_conf(); END $$",
        "DO $$ BEGIN EXECUTE 'SELECT pg_terminate_backend(' || 1 || ')'; END $$",
    ],
)
def test_a_measurement_does_not_lower_what_lies_outside_of_the_database(sql: str) -> None:
    risk = measured(sql, Effects())
    assert "acts_outside_of_database" in {finding.rule for finding in risk.findings}
    assert risk.level >= RiskLevel.HIGH
    assert risk.may_be({"loss"})


def test_a_long_lock_that_no_rule_knows_is_told_all_the_same() -> None:
    lock = RelationLock("users", "table", LockMode.ACCESS_EXCLUSIVE)
    risk = measured("ALTER TABLE users SET (fillfactor = 70)", Effects(locks=(lock,), rewrites=("users",)))
    assert risk.level >= RiskLevel.HIGH
    assert risk.may_be({"rewrite"})


def test_the_strongest_lock_that_is_held_is_the_one_that_is_named() -> None:
    risk = parsed("ALTER TABLE users ADD COLUMN x int; CREATE INDEX users_x ON users (x)")
    told = next(finding for finding in risk.findings if finding.rule == "add_index_not_concurrently")
    assert told.lock.startswith("ACCESS EXCLUSIVE on users")
    assert "readers go on" not in told.lock


def test_readers_do_not_go_on_where_the_indexes_are_locked() -> None:
    risk = parsed("REINDEX TABLE users")
    told = next(finding for finding in risk.findings if finding.rule == "reindex")
    assert "readers go on" not in told.lock


def test_a_commit_of_ones_own_makes_what_stands_before_it_not_repeatable() -> None:
    statements = tuple(
        PendingStatement(sql, "", 0, transaction, Effects())
        for sql, transaction in (("ALTER TABLE users ADD COLUMN x int", 1), ("ALTER TABLE users ADD CHECK (x > 0)", 2))
    )
    risk = judge_run((PendingRevision("r1", "", "", statements),), UNKNOWN_SIZES).report.revisions[0]
    assert "not_repeatable" in {finding.rule for finding in risk.findings}
