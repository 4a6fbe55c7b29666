"""`--auto-migrate` and `--manual-migrate`: the pending revisions, then the new release."""

from __future__ import annotations

from deploy.checks.health_program import health_program_problems
from deploy.commands.modes.judged import danger_of, details_of, gate_check, judge
from deploy.commands.modes.new_release import candidate, look_at_image, past_their_time
from deploy.commands.preflight import check_backup, raise_all
from deploy.commands.prepared import DeploymentDetails, Ground, Prepared, prepared_deployment
from deploy.model.doors import World
from deploy.model.observed import Observed
from deploy.planning.plan_deployment import plan_deployment


def prepare(ground: Ground) -> Prepared[DeploymentDetails]:
    """Look at the image, judge what is pending, and take a backup where the check asks for one."""
    world, settings = ground.world, ground.settings
    observed = look_at_image(ground)
    _check_health_program(world, observed)
    judged = judge(world, settings, observed)
    request = gate_check(judged.check, ground.request)
    if request.has_backup and not ground.request.has_backup:
        world.reporter.say(f"this migration needs a backup ({judged.risk.level.label} risk): one is made first")
        check_backup(world, settings, ground.database)
    pruned = past_their_time(world, settings, observed)
    plan = plan_deployment(settings, observed, judged.risk, request, pruned, judged.check)
    return prepared_deployment(
        ground, plan, observed, details_of(judged), danger=danger_of(judged.risk), release=candidate(world, observed)
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
