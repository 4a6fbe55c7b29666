"""A backup whose last proof failed is not restored unawares, and the advice fits the cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.commands.restoring import require_no_failed_proof
from deploy.model.backups import BackupRecord, Verification
from deploy.model.errors import BlockedError
from deploy.model.restores import RestoreRequest
from deploy.model.unrestorable import advice_after_failed_proof, is_schema_fault

SCHEMA = 'b1 does not restore: pg_restore failed with exit code 1: error: ERROR:  relation "mentions" does not exist'
REQUEST = RestoreRequest("b1")


def backup(*problems: str, is_proven: bool = True) -> Any:
    verification = Verification(datetime(2026, 1, 2, tzinfo=UTC), "PostgreSQL 15", 1.0, problems) if is_proven else None
    return SimpleNamespace(name="b1", record=BackupRecord(verification=verification))


def test_a_backup_that_did_not_restore_is_refused_before_anything_begins() -> None:
    with pytest.raises(BlockedError) as refused:
        require_no_failed_proof(backup(SCHEMA), REQUEST)
    assert refused.value.exit_code == 3
    for words in ("ALTER FUNCTION", "search_path", "--tables", "--despite-failed-proof"):
        assert words in refused.value.hint
    assert "make another" not in refused.value.hint
    require_no_failed_proof(backup(SCHEMA), replace(REQUEST, despite_failed_proof=True))


def test_one_that_was_proven_or_never_tried_is_not() -> None:
    require_no_failed_proof(backup(), REQUEST)
    require_no_failed_proof(backup(is_proven=False), REQUEST)


@pytest.mark.parametrize(
    ("problem", "is_schema"),
    [
        (SCHEMA, True),
        ("b1 does not restore: error: ERROR:  function mentions_of() does not exist", True),
        ("b1 does not restore: could not read block 7", False),
        ("table orders has 3 rows, not 4", False),
    ],
)
def test_the_advice_tells_a_schema_that_must_be_repaired_from_a_bad_archive(problem: str, is_schema: bool) -> None:
    assert is_schema_fault(problem) is is_schema
    advice = advice_after_failed_proof("b1", problem)
    assert ("ALTER FUNCTION" in advice) is is_schema
    assert ("make another backup now" in advice) is not is_schema
    assert "restore b1 --tables" in advice
