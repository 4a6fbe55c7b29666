"""`--backup` alone."""

from __future__ import annotations

from deploy.commands.observe import observe
from deploy.commands.prepared import DeploymentDetails, Ground, Prepared, prepared_deployment
from deploy.planning.plan_deployment import plan_backup


def prepare(ground: Ground) -> Prepared[DeploymentDetails]:
    """One backup, and its copies."""
    observed = observe(ground.world, ground.settings, None, ground.database)
    plan = plan_backup(ground.settings, observed)
    return prepared_deployment(ground, plan, observed, DeploymentDetails())
