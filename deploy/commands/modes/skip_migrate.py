"""`--skip-migrate`: a new release on the schema that is there."""

from __future__ import annotations

from deploy.commands.modes.new_release import candidate, look_at_image, past_their_time
from deploy.commands.prepared import Ground, PreparedDeployment
from deploy.model.risk import RiskReport
from deploy.planning.plan_deployment import plan_deployment


def prepare(ground: Ground) -> PreparedDeployment:
    """Look at the image; nothing is migrated, so nothing is judged."""
    world, settings, risk = ground.world, ground.settings, RiskReport(())
    observed = look_at_image(ground)
    plan = plan_deployment(settings, observed, risk, ground.request, past_their_time(world, settings, observed))
    return PreparedDeployment(plan, risk, "none", None, world, observed, candidate(world, observed))
