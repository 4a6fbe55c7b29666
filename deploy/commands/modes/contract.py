"""`contract`: what deployments held back, run by the release that serves."""

from __future__ import annotations

from deploy.commands.contract import observe_contract
from deploy.commands.modes.judged import danger_of, details_of, gate_check, judge
from deploy.commands.prepared import DeploymentDetails, Ground, Prepared, prepared_deployment
from deploy.planning.gates import gate_revisions
from deploy.planning.plan_deployment import plan_contract


def prepare(ground: Ground) -> Prepared[DeploymentDetails]:
    """Look whether it may be done now, judge it, and let a person say yes."""
    world, settings = ground.world, ground.settings
    look = observe_contract(world, settings, ground.request, ground.database)
    gate_revisions(look.observed, ground.request.mode)
    judged = judge(world, settings, look.observed)
    request = gate_check(judged.check, ground.request)
    plan = plan_contract(settings, look.observed, judged.risk, request, look.release_number, judged.check)
    return prepared_deployment(ground, plan, look.observed, details_of(judged), danger=danger_of(judged.risk))
