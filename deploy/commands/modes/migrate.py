"""`--auto-migrate` and `--manual-migrate`: the pending revisions, then the new release."""

from __future__ import annotations

from deploy.checks.health_program import health_program_problems
from deploy.commands.modes.judged import gate_check, judge
from deploy.commands.modes.new_release import candidate, look_at_image, past_their_time
from deploy.commands.preflight import check_backup, raise_all
from deploy.commands.prepared import Approval, Ground, PreparedDeployment
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.doors import World
from deploy.model.observed import Observed
from deploy.model.risk import RiskLevel, RiskReport
from deploy.planning.plan_deployment import plan_deployment


def prepare(ground: Ground) -> PreparedDeployment:
    """Look at the image, judge what is pending, and take a backup where the check asks for one."""
    world, settings = ground.world, ground.settings
    observed = look_at_image(ground)
    _check_health_program(world, observed)
    judged = judge(world, settings, observed)
    request = gate_check(judged.check, ground.request)
    if request.has_backup and not ground.request.has_backup:
        world.reporter.say(f"this migration needs a backup ({judged.risk.level.label} risk): one is taken first")
        check_backup(world, settings, ground.database)
    pruned = past_their_time(world, settings, observed)
    plan = plan_deployment(settings, observed, judged.risk, request, pruned, judged.check)
    return PreparedDeployment(
        plan, judged.risk, _approval(request, judged.risk), judged.preview_path, world, observed,
        candidate(world, observed), judged.check, schema=judged.schema,
    )


def _check_health_program(world: World, observed: Observed) -> None:
    """Before a migration; without one the switch would find out as well, and go back.

    Raises:
        BlockedError: the health check's program is not in the image.
    """
    if not (observed.graph and observed.image and observed.compose):
        return
    if observed.graph.pending(observed.database.revision_ids):
        raise_all(health_program_problems(world, observed.image, observed.compose))


def _approval(request: DeployRequest, risk: RiskReport) -> Approval:
    """Manual means a person; very high risk means a person who types (requirement D2)."""
    if request.mode is not Mode.MANUAL_MIGRATE:
        return "none"
    return "typed" if risk.level is RiskLevel.VERY_HIGH else "yes"
