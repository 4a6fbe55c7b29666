"""`--backup` alone."""

from __future__ import annotations

from deploy.commands.observe import observe
from deploy.commands.prepared import Ground, PreparedDeployment
from deploy.model.risk import RiskReport
from deploy.planning.plan_deployment import plan_backup


def prepare(ground: Ground) -> PreparedDeployment:
    """One backup, and its copies."""
    observed = observe(ground.world, ground.settings, None, ground.database)
    plan = plan_backup(ground.settings, observed)
    return PreparedDeployment(plan, RiskReport(()), "none", None, ground.world, observed)
