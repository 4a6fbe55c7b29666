"""Status and plan name the newest backup that was restored once, whatever came after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from deploy.cli.render_backups import say_newest_verified
from deploy.commands.backups import newest_verified
from deploy.model.backups import Backup, BackupRecord, Verification
from tests.fakes.fake_database import make_backup

NOW = datetime.now(UTC)
GOOD = BackupRecord(Verification(NOW, "PostgreSQL 15.18 (host)", 12.4))
BAD = BackupRecord(Verification(NOW, "PostgreSQL 15.18 (host)", 12.4, ("public.orders has 2 rows, not 3",)))


def backup(hours: float, record: BackupRecord) -> Backup:
    return make_backup(f"b{hours}", started_at=NOW - timedelta(hours=hours), record=record)


def test_newer_ones_that_were_not_verified_or_did_not_restore_do_not_count() -> None:
    found = newest_verified([backup(1, BackupRecord()), backup(2, BAD), backup(3, GOOD), backup(4, GOOD)])
    assert found is not None
    assert found.name == "b3"


def test_its_age_is_that_of_its_content_not_of_the_proof() -> None:
    assert say_newest_verified(backup(3.01, GOOD)) == "b3.01, 3 h old, restored in 12 s"


def test_where_there_is_none_the_next_command_is_named() -> None:
    assert newest_verified([backup(1, BackupRecord()), backup(2, BAD)]) is None
    assert "backup verify --latest" in say_newest_verified(None)
