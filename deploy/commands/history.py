"""What was deployed, newest first (D12)."""

from __future__ import annotations

from deploy.commands.wiring import open_ledger
from deploy.model.deployments import Deployment
from deploy.settings.schema import Settings


def read_history(settings: Settings, limit: int) -> tuple[Deployment, ...]:
    """The last `limit` deployments."""
    return open_ledger(settings).deployments(limit)
