"""What a restore takes away, in words, before anybody agrees to it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from deploy.model.backups import Backup, Manifest
from deploy.model.restores import RestoreGround, RowsSince

UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def restore_losses(
    backup: Backup, ground: RestoreGround, newer: Sequence[RowsSince], now: datetime
) -> tuple[str, ...]:
    """The backup's age, what was written since, and how long it takes; one sentence each."""
    manifest = backup.manifest
    age = _say_seconds((now - manifest.started_at).total_seconds())
    verification = backup.record.verification
    if verification is None:
        took = "it was never verified, so nobody knows how long a restore takes (backup verify measures it)"
    elif verification.is_good:
        took = f"its last restore took {verification.restore_seconds:.1f} s ({verification.server})"
    else:
        took = f"its last verification FAILED: {verification.problems[0]}"
    return (
        f"everything written after {manifest.started_at:%Y-%m-%d %H:%M:%S} UTC, {age} ago, will be gone",
        _written(manifest, ground),
        *(_newer(rows) for rows in newer),
        took,
    )


def _written(manifest: Manifest, ground: RestoreGround) -> str:
    """The difference of counters that only grow, where they are the same counters."""
    then, now = manifest.activity, ground.activity
    if now is None:
        return "the database does not exist any more"
    is_same = manifest.server_id is not None and manifest.server_id == ground.server_id
    has_grown = now.rows_written >= then.rows_written and now.transactions >= then.transactions
    if not is_same or now.counted_since != then.counted_since or not has_grown:
        return (
            "how much was written since is not known: the counters of the server cannot be compared with those of the "
            "backup"
        )
    rows, transactions = now.rows_written - then.rows_written, now.transactions - then.transactions
    return f"the server counted {rows:,} rows written in {transactions:,} transactions since then"


def _newer(rows: RowsSince) -> str:
    if rows.rows is None:
        return f"{rows.column}: newer rows could not be counted: {rows.why}"
    return f"{rows.column}: {rows.rows:,} rows are newer"


def _say_seconds(seconds: float) -> str:
    for size, word in UNITS:
        if seconds >= size:
            return f"{seconds / size:.0f} {word}"
    return "0 s"
