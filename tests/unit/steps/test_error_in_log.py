"""The database's own error out of what a migration's program printed, whatever its driver."""

from __future__ import annotations

import pytest

from deploy.steps.error_in_log import error_in_log

SAYS = 'column "cents" of relation "orders" already exists'
TRACE = 'Traceback (most recent call last):\n  File "/app/env.py", line 9, in run\n    raise\n'
CAUSED = "\n\nThe above exception was the direct cause of the following exception:\n\n"
MEANWHILE = "\n\nDuring handling of the above exception, another exception occurred:\n\n"
BACKGROUND = "\n[SQL: ALTER TABLE orders ADD COLUMN cents BIGINT]\n(Background on this error at: https://sqlalche.me/e/20/f405)\n"
FIELDS = "{'S': 'ERROR', 'V': 'ERROR', 'C': '42701', 'M': 'column \"cents\" of relation \"orders\" already exists'}"


def wrapped(text: str) -> str:
    return f"sqlalchemy.exc.ProgrammingError: {text}{BACKGROUND}"


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (
            f"{TRACE}psycopg.errors.DuplicateColumn: {SAYS}{CAUSED}{TRACE}"
            + wrapped(f"(psycopg.errors.DuplicateColumn) {SAYS}"),
            f"psycopg.errors.DuplicateColumn: {SAYS}",
        ),
        (
            f"{TRACE}psycopg2.errors.DuplicateColumn: {SAYS}\n{CAUSED}{TRACE}"
            + wrapped(f"(psycopg2.errors.DuplicateColumn) {SAYS}\n"),
            f"psycopg2.errors.DuplicateColumn: {SAYS}",
        ),
        (
            f"{TRACE}"
            + wrapped(
                "(sqlalchemy.dialects.postgresql.asyncpg.ProgrammingError) "
                f"<class 'asyncpg.exceptions.DuplicateColumnError'>: {SAYS}"
            ),
            f"asyncpg.exceptions.DuplicateColumnError: {SAYS}",
        ),
        (f"{TRACE}" + wrapped(f"(pg8000.exceptions.DatabaseError) {FIELDS}"), f"pg8000.exceptions.DatabaseError: {SAYS}"),
        (f"{TRACE}ValueError: total must not be negative\n", "ValueError: total must not be negative"),
        (f"{TRACE}shop.errors.NotReady\n", "shop.errors.NotReady"),
        ("INFO  [alembic] Running upgrade\nFAILED: Can't locate revision identified by 'x'\n",
         "FAILED: Can't locate revision identified by 'x'"),
        ("", ""),
    ],
)
def test_the_error_is_named_in_the_drivers_own_words(log: str, said: str) -> None:
    assert error_in_log(log) == said


def test_what_follows_from_the_databases_error_is_not_taken_for_it() -> None:
    log = (
        f"{TRACE}psycopg.errors.DuplicateColumn: {SAYS}{MEANWHILE}"
        f"{TRACE}psycopg.errors.InFailedSqlTransaction: current transaction is aborted{MEANWHILE}"
        f"{TRACE}RuntimeError: migration failed\n"
    )
    assert error_in_log(log) == f"psycopg.errors.DuplicateColumn: {SAYS}"


def test_an_earlier_try_that_was_made_again_is_not_the_cause() -> None:
    log = f"{TRACE}psycopg.errors.LockNotAvailable: lock timeout\ntry 2 of 10\n{TRACE}psycopg.errors.UniqueViolation: twice\n"
    assert error_in_log(log) == "psycopg.errors.UniqueViolation: twice"


def test_rows_passwords_and_control_characters_are_left_out() -> None:
    log = (
        f"{TRACE}psycopg.errors.UniqueViolation: twice\x1b[2J\nDETAIL:  Key (email)=(ann@example.com) already exists.\n"
    )
    assert "ann@" not in error_in_log(log)
    assert "\x1b" not in error_in_log(log)
    assert "secret" not in error_in_log(f"{TRACE}OSError: postgresql://shop:secret@db/shop refused\n")
