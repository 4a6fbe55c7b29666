"""Where a backup has its copies, and where it has none."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.model.backups import Backup


def missing_targets(backup: Backup, targets: Sequence[str]) -> list[str]:
    """Those without a finished copy."""
    copied = {copy.target for copy in backup.record.copies} - set(backup.record.copy_problems)
    return [target for target in targets if target not in copied]


def local_only(newest: Backup | None, targets: Sequence[str]) -> str:
    """What the operator must know of the newest backup: where it is not; empty when it is everywhere."""
    missing = missing_targets(newest, targets) if newest else []
    if newest is None or not missing:
        return ""
    where = "local only" if len(missing) == len(targets) else "not everywhere"
    causes = newest.record.copy_problems
    reasons = "; ".join(f"{target}: {causes.get(target, 'never sent there')}" for target in missing)
    return f"the newest backup is {where}: {reasons} (./scripts/deploy.sh backup push {newest.name})"
