"""Backups as words and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from deploy.cli.documents.backups import BackupFacts, BackupsDocument, PruneDocument
from deploy.model.backups import Backup, Verdict
from deploy.model.doors import Reporter
from deploy.model.unrestorable import advice_after_failed_proof


def say_state(backup: Backup) -> str:
    """`verified 2 d ago, restored in 12 s`, or what is missing."""
    verification = backup.record.verification
    if verification is None:
        parts = ["decoded, not verified yet"]
    elif verification.is_good:
        parts = [f"verified {say_age(verification.at)} ago, restored in {verification.restore_seconds:.0f} s"]
    else:
        parts = [f"DOES NOT RESTORE: {verification.problems[0]}"]
    parts += [f"copied to {copy.target}" for copy in backup.record.copies]
    parts += [f"local only: {target}: {why}" for target, why in backup.record.copy_problems.items()]
    return ", ".join(parts)


def say_newest_verified(backup: Backup | None) -> str:
    """`NAME, 3 h old, restored in 12 s`; what to do where there is none."""
    if backup is None or backup.record.verification is None:
        return "none; ./scripts/deploy.sh backup verify --latest"
    age, seconds = say_age(backup.manifest.started_at), backup.record.verification.restore_seconds
    return f"{backup.name}, {age} old, restored in {seconds:.0f} s"


def say_age(at: datetime) -> str:
    """`3 h`."""
    seconds = int((datetime.now(UTC) - at).total_seconds())
    for size, word in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {word}"
    return f"{seconds} s"


def say_backups(reporter: Reporter, backups: Sequence[Backup], damaged: Sequence[str]) -> None:
    """Two lines a backup, newest first."""
    if not backups:
        reporter.say("no backup yet; ./scripts/deploy.sh backup create makes one")
    for backup in backups:
        manifest = backup.manifest
        at = ", ".join(manifest.content.revision_ids) or "no revision"
        reporter.say(f"{backup.name}  {manifest.size_bytes:>14,} bytes  at {at}")
        reporter.say(f"    {say_state(backup)}")
    for problem in damaged:
        reporter.warn(problem)


def say_backup(reporter: Reporter, backup: Backup) -> None:
    """Everything that its manifest says, in words."""
    manifest = backup.manifest
    occasion = manifest.occasion
    rows = sum(table.rows for table in manifest.content.tables)
    hashed = sum(table.content_hash is not None for table in manifest.content.tables)
    reporter.say(f"{backup.name}: {say_state(backup)}")
    reporter.say(f"    database: {manifest.database_name}, PostgreSQL {manifest.server_version}, "
                 f"{manifest.database_bytes:,} bytes, at {', '.join(manifest.content.revision_ids) or 'no revision'}")
    reporter.say(f"    taken: {manifest.started_at:%Y-%m-%d %H:%M:%S} UTC in {manifest.duration_seconds:.1f} s by "
                 f"{occasion.user_name}@{occasion.host_name}, {manifest.client}")
    if occasion.release_number is not None:
        reporter.say(f"    release-{occasion.release_number} ran then, image {(occasion.image_id or '')[7:19]}")
    secret = f", encrypted for {len(manifest.recipients)}" if manifest.is_encrypted else ""
    reporter.say(f"    archive: {manifest.archive_format}, {manifest.compression}{secret}")
    for file in manifest.files:
        reporter.say(f"    {file.name}  {file.size_bytes:,} bytes  sha256 {file.sha256}")
    reporter.say(f"    {len(manifest.content.tables)} tables, {rows:,} rows counted, {hashed} tables hashed")
    for table in manifest.content.tables:
        reporter.say(f"        {table.name}  {table.rows:,}")
    for warning in manifest.warnings:
        reporter.warn(warning)


def say_verification(reporter: Reporter, backup: Backup) -> None:
    """The proof, or what differs."""
    verification = backup.record.verification
    if verification is None:
        return
    content = backup.manifest.content
    rows = sum(table.rows for table in content.tables)
    if verification.is_good:
        reporter.say(
            f"{backup.name} restores: {len(content.tables)} tables, {rows:,} rows, all equal; your restore time: "
            f"{verification.restore_seconds:.1f} s ({verification.server})"
        )
        return
    reporter.warn(f"{backup.name} does NOT restore to what it was:")
    for problem in verification.problems:
        reporter.warn(f"    {problem}")
    reporter.warn(advice_after_failed_proof(backup.name, next(iter(verification.problems), "")))


def say_verdicts(reporter: Reporter, verdicts: Sequence[Verdict], *, is_dry_run: bool) -> None:
    """Why each stays or goes."""
    for verdict in verdicts:
        word = "keep" if verdict.is_kept else ("would go" if is_dry_run else "removed")
        reporter.say(f"{word:<8}  {verdict.backup.name}: {verdict.why}")


def backups_to_json(backups: Sequence[Backup], damaged: Sequence[str]) -> BackupsDocument:
    """Newest first."""
    return {"backups": [backup_to_json(b) for b in backups], "damaged": list(damaged)}


def verdicts_to_json(verdicts: Sequence[Verdict], *, is_dry_run: bool) -> PruneDocument:
    """Newest first."""
    return {
        "is_dry_run": is_dry_run,
        "backups": [{"name": v.backup.name, "is_kept": v.is_kept, "why": v.why} for v in verdicts],
    }


def backup_to_json(backup: Backup) -> BackupFacts:
    """The manifest's main facts, and what was done since."""
    manifest, record = backup.manifest, backup.record
    verification = record.verification
    return {
        "name": backup.name, "database": manifest.database_name, "size_bytes": manifest.size_bytes,
        "database_bytes": manifest.database_bytes, "revisions": list(manifest.content.revision_ids),
        "server_version": manifest.server_version, "client": manifest.client, "started_at": manifest.started_at,
        "duration_seconds": manifest.duration_seconds, "deployment": manifest.occasion.deployment_id,
        "release": manifest.occasion.release_number, "is_encrypted": manifest.is_encrypted,
        "files": [{"name": f.name, "size_bytes": f.size_bytes, "sha256": f.sha256} for f in manifest.files],
        "tables": [
            {"name": t.name, "rows": t.rows, "content_hash": t.content_hash} for t in manifest.content.tables
        ],
        "warnings": list(manifest.warnings),
        "verification": {
            "at": verification.at, "is_good": verification.is_good, "server": verification.server,
            "restore_seconds": verification.restore_seconds, "problems": list(verification.problems),
        } if verification else None,
        "copies": [{"target": c.target, "at": c.at, "size_bytes": c.size_bytes} for c in record.copies],
        "copy_problems": dict(record.copy_problems), "is_kept": record.is_kept,
    }
