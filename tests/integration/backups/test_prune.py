"""`backup prune` on a directory of sixty days of backups, with a clock that was turned back in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.adapters.backups.folder import BackupFolder
from deploy.adapters.backups.manifest_file import write_manifest, write_record
from deploy.model.backups import Backup, BackupRecord, Verification
from tests.fakes.fake_database import make_backup
from tests.published_json import require_published

REPOSITORY = Path(__file__).resolve().parents[3]
DAYS = 60
NOW = datetime.now(UTC)


def good(at: datetime) -> BackupRecord:
    return BackupRecord(Verification(at, "PostgreSQL 15.18 (host)", 3.0))


def write(directory: Path, age: timedelta, record: BackupRecord, suffix: str = "") -> str:
    """A backup as `create` would have left it; its files' times are now, and must not matter."""
    at = NOW - age
    name = f"backup_shop_{at:%Y%m%dT%H%M%SZ}{suffix}"
    place = directory / name
    place.mkdir(mode=0o700, parents=True)
    backup = make_backup(name, started_at=at, record=record)
    (place / "database.dump").write_bytes(b"x" * 1000)
    write_manifest(place, backup.manifest)
    write_record(place, record)
    return name


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".env").write_text(
        "DATABASE_URL=postgresql://ann:s3cret@127.0.0.1:1/shop\nIMAGE_REPOSITORY=ghcr.io/acme/shop\n"
    )
    (tmp_path / "docker-compose.prod.yml").write_text("services: {}\n")
    return tmp_path


@pytest.fixture
def backups(project: Path) -> Path:
    """Sixty nights: the verified ones are those of the Sundays; the last nine days nobody verified any."""
    directory = project / ".deploy" / "backups"
    for day in range(DAYS):
        at = NOW - timedelta(days=day, hours=1)
        is_verified = day > 9 and day % 7 == 0
        write(directory, timedelta(days=day, hours=1), good(at) if is_verified else BackupRecord())
    # Taken while the clock was a month ahead: it lies in the future now.
    write(directory, timedelta(days=-30), BackupRecord(), "-2")
    return directory


def prune(project: Path, *words: str, **variables: str) -> dict[str, str]:
    """What the command says, by name: why each is kept; those that go are left out."""
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "scripts" / "deploy.py"), "--project-directory", str(project), "backup",
         "prune", "--json", *words],
        capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **variables},
    )
    assert done.returncode == 0, done.stderr + done.stdout
    document = json.loads(done.stdout)
    require_published(["backup", "prune", *words], document)
    return {row["name"]: row["why"] for row in document["backups"] if row["is_kept"]}


def listed(directory: Path) -> list[Backup]:
    return list(BackupFolder(directory).all())


def ages(directory: Path, names: set[str]) -> list[int]:
    """In days, oldest last."""
    return sorted((NOW - b.manifest.started_at).days for b in listed(directory) if b.name in names)


def test_a_dry_run_says_what_would_go_and_removes_nothing(project, backups):
    kept = prune(project, "--dry-run")

    assert len(listed(backups)) == DAYS + 1
    # Seven days, the newest good one (14 days old), and the one of the future.
    assert ages(backups, set(kept)) == [-30, 0, 1, 2, 3, 4, 5, 6, 14]


def test_what_was_said_is_what_goes(project, backups):
    said = prune(project, "--dry-run")

    assert prune(project) == said
    assert {backup.name for backup in listed(backups)} == set(said)
    assert sorted(path.name for path in backups.iterdir()) == sorted(said)
    assert prune(project) == said


def test_daily_weekly_and_monthly_keep_more(project, backups):
    kept = prune(
        project, "--dry-run", DEPLOY_BACKUP_KEEP_DAILY="12", DEPLOY_BACKUP_KEEP_WEEKLY="6",
        DEPLOY_BACKUP_KEEP_MONTHLY="4",
    )

    assert set(prune(project, "--dry-run")) < set(kept)
    assert set(range(10)) <= set(ages(backups, set(kept)))
    assert any("weekly" in why for why in kept.values())
    assert any("monthly" in why for why in kept.values())


def test_where_copies_are_wanted_one_that_is_here_only_is_not_good(project, backups, tmp_path):
    kept = prune(project, "--dry-run", DEPLOY_BACKUP_COPY_TO=str(tmp_path / "elsewhere"))

    assert 14 not in ages(backups, set(kept))


def test_damaged_ones_are_not_touched(project, backups):
    [oldest] = [b for b in listed(backups) if (NOW - b.manifest.started_at).days == DAYS - 1]
    (backups / oldest.name / "manifest.json").write_text("{}")

    prune(project)

    assert (backups / oldest.name / "database.dump").exists()
