"""One file a mode: what it looks at, what it refuses, and the plan that it makes. Nothing in production is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from deploy.commands.modes import backup_only, contract, migrate, rollback, skip_migrate
from deploy.commands.prepared import DeploymentDetails, Ground, Prepared
from deploy.model.deployments import Mode

MODES: Mapping[Mode, Callable[[Ground], Prepared[DeploymentDetails]]] = MappingProxyType(
    {
        Mode.AUTO_MIGRATE: migrate.prepare,
        Mode.MANUAL_MIGRATE: migrate.prepare,
        Mode.SKIP_MIGRATE: skip_migrate.prepare,
        Mode.BACKUP_ONLY: backup_only.prepare,
        Mode.ROLLBACK: rollback.prepare,
        Mode.CONTRACT: contract.prepare,
    }
)
