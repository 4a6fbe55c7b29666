"""`--skip-migrate`: a new release on the schema that is there."""

from __future__ import annotations

from deploy.commands.modes.new_release import candidate, look_at_image, past_their_time
from deploy.commands.prepared import DeploymentDetails, Ground, Prepared, prepared_deployment
from deploy.model.risk import RiskReport
from deploy.planning.plan_deployment import plan_deployment


def prepare(ground: Ground) -> Prepared[DeploymentDetails]:
    """Look at the image; nothing is migrated, so nothing is judged."""
    world, settings, risk = ground.world, ground.settings, RiskReport(())
    observed = look_at_image(ground)
    plan = plan_deployment(settings, observed, risk, ground.request, past_their_time(world, settings, observed))
    return prepared_deployment(ground, plan, observed, DeploymentDetails(), release=candidate(world, observed))
