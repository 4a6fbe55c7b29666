"""The backups that are kept (B1)."""

from __future__ import annotations

from deploy.commands.wiring import open_ledger
from deploy.model.database import Backup
from deploy.settings.schema import Settings


def list_backups(settings: Settings) -> tuple[Backup, ...]:
    """Newest first."""
    return open_ledger(settings).backups()
