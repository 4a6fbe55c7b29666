"""`contract`: what deployments held back, run by the release that serves."""

from __future__ import annotations

from deploy.commands.contract import observe_contract
from deploy.commands.modes.judged import gate_check, judge
from deploy.commands.prepared import Approval, Ground, PreparedDeployment
from deploy.model.risk import RiskLevel
from deploy.planning.gates import gate_revisions
from deploy.planning.plan_deployment import plan_contract


def prepare(ground: Ground) -> PreparedDeployment:
    """Look whether it may be done now, judge it, and let a person say yes."""
    world, settings = ground.world, ground.settings
    look = observe_contract(world, settings, ground.request, ground.database)
    gate_revisions(look.observed, ground.request.mode)
    judged = judge(world, settings, look.observed)
    request = gate_check(judged.check, ground.request)
    plan = plan_contract(settings, look.observed, judged.risk, request, look.release_number, judged.check)
    approval: Approval = "typed" if judged.risk.level is RiskLevel.VERY_HIGH else "yes"
    return PreparedDeployment(
        plan, judged.risk, approval, judged.preview_path, world, look.observed, None, judged.check,
        schema=judged.schema,
    )
