"""What was deployed, newest first (D12)."""

from __future__ import annotations

from deploy.commands.wiring import open_ledger
from deploy.model.results import History
from deploy.settings.schema import Settings


def read_history(settings: Settings, limit: int) -> History:
    """The last `limit` deployments, and the releases that were left."""
    ledger = open_ledger(settings)
    return History(ledger.deployments(limit), tuple(r for r in ledger.releases() if r.left is not None))
