"""Deploy, roll back, back up: from a request to an outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from deploy.checks.health_program import health_program_problems
from deploy.checks.one_ledger import require_one_ledger
from deploy.commands.announce import announce_approval, announce_end, announce_start
from deploy.commands.approvals import remember_parts, what_changed
from deploy.commands.backups import newest_verified, retention_verdicts
from deploy.commands.closing_release import close_release
from deploy.commands.contract import hold_back, observe_contract, require_target
from deploy.commands.end_state import ObservedEnd, look_at_state
from deploy.commands.ending_watch import end_watch
from deploy.commands.mark_environment import mark_environment
from deploy.commands.observe import observe
from deploy.commands.patience import with_patience
from deploy.commands.preflight import (
    check_backup,
    check_before,
    check_engine,
    check_unfinished,
    raise_all,
    sweep_remains,
    take_database,
)
from deploy.commands.preview import judge_pending, write_preview
from deploy.commands.promote import require_passed
from deploy.commands.resolve_image import resolve_image
from deploy.commands.way_back import image_of_release, rollback_target
from deploy.commands.wiring import open_world
from deploy.engine.run_plan import run_deployment
from deploy.model.backup_copies import local_only
from deploy.model.backups import Backup
from deploy.model.check import CheckReport
from deploy.model.compose_look import ComposeLook
from deploy.model.database import DatabaseState
from deploy.model.deployments import Actor, Deployment, DeployRequest, Mode, Plan
from deploy.model.doors import Reporter, World
from deploy.model.errors import BlockedError, NotUndoneError, RefusedByCheck
from deploy.model.observed import Observed
from deploy.model.releases import Image, Release, ReleaseState
from deploy.model.results import DeploymentOutcome
from deploy.model.risk import RiskLevel, RiskReport
from deploy.model.steps import Step
from deploy.planning.approval import approved_parts, digest_of
from deploy.planning.deploy_windows import gate_window, why_closed
from deploy.planning.gates import gate_failure, gate_revisions, gate_risk, gate_rollback, with_needed_backup
from deploy.planning.hand_migration import gate_hand_migration
from deploy.planning.plan_deployment import plan_backup, plan_contract, plan_deployment, plan_rollback
from deploy.planning.plan_retention import plan_release_retention
from deploy.planning.plan_watch import watch_seconds
from deploy.planning.release_identity import same_release
from deploy.settings.schema import Settings
from deploy.steps.registry import runnable_steps

PREVIEW_NAME = "migration_preview.sql"
Approval = Literal["none", "yes", "typed"]


@dataclass(frozen=True)
class PreparedDeployment:
    """A plan that waits for its yes. The locks are held until the context ends.

    Attributes:
        schema: production's, as it was checked; empty where nothing is migrated.
    """

    plan: Plan
    risk: RiskReport
    needs_approval: Approval
    preview_path: Path | None
    _world: World
    _observed: Observed
    _release: Release | None
    check: CheckReport | None = None
    newest_verified: Backup | None = None
    schema: str = field(default="", repr=False)
    _parts: Mapping[str, str] = field(default_factory=dict, repr=False)
    _state_directory: Path = Path()

    def execute(self) -> DeploymentOutcome:
        """Save the plan, then run it."""
        if self.risk.revisions:
            self._world.ledger.record_revision_kinds({r.revision_id: r.kind for r in self.risk.revisions})
        return save_and_run(self._world, self.plan, self._observed.actor, self._release)

    def tell_approval_is_needed(self) -> None:
        """A notice to people, where the command itself cannot ask one."""
        self.remember()
        announce_approval(self._world, self.plan)

    def remember(self) -> None:
        """Keep what the plan was made of, so that a change before its approval can be named."""
        remember_parts(self._state_directory, self.plan.plan_id, self._parts)

    def changed_since(self, plan_id: str) -> str:
        """What is otherwise than when that plan was printed: names, not values."""
        return what_changed(self._state_directory, plan_id, self._parts)


@contextmanager
def prepare(settings: Settings, request: DeployRequest, reporter: Reporter) -> Iterator[PreparedDeployment]:
    """Everything up to the plan: preflight, lock, image, look, judge. Nothing in production is changed.

    Raises:
        BlockedError: something is in the way.
        LockedError: another deployment is under way.
    """
    with ExitStack() as stack:
        enter = lambda: stack.enter_context(open_world(settings, reporter, command=request.mode.value))  # noqa: E731
        world = with_patience(enter, request.wait_seconds, reporter.say)
        _gate_window(world, settings, request)
        check_unfinished(world, request.mode)
        check_engine(world)
        if request.mode is not Mode.BACKUP_ONLY:
            require_one_ledger(world, settings)
        sweep_remains(world)
        take = lambda: take_database(world, request.mode)  # noqa: E731
        with_patience(take, request.wait_seconds, reporter.say, world.stop.raise_if_requested)
        # Beside the plan, not in it: its id must not change because a copy arrived meanwhile.
        if says := local_only(next(iter(world.backups.all()), None), settings.backup_copy_to):
            reporter.warn(says)
        database = world.database.observe()
        look = check_before(world, settings, request, database)
        if request.has_backup:
            check_backup(world, settings, database)
        prepared = _plan(world, settings, request, database, look)
        prepared = _held_fast(settings, prepared, look)
        # Beside the plan, too: it grows older every second.
        yield replace(prepared, newest_verified=newest_verified(world.backups.all()))


def _held_fast(settings: Settings, prepared: PreparedDeployment, look: ComposeLook | None) -> PreparedDeployment:
    """The plan's id holds everything that the deployment will use; a backup alone uses no compose file."""
    if look is None:
        return prepared
    plan = prepared.plan
    parts = approved_parts(settings, look.config, plan.summary, prepared.schema)
    plan = replace(plan, summary={**plan.summary, "inputs": digest_of(parts, settings)})
    return replace(prepared, plan=plan, _parts=parts, _state_directory=settings.state_directory)


def _gate_window(world: World, settings: Settings, request: DeployRequest) -> None:
    """A plan may be looked at any time; it says that it could not be carried out now."""
    now = world.clock.now()
    if not request.is_only_planned:
        gate_window(settings, now, request)
    elif why := why_closed(settings.deploy_windows, settings.deploy_freeze, now):
        world.reporter.warn(why)


def _plan(
    world: World, settings: Settings, request: DeployRequest, database: DatabaseState, look: ComposeLook | None
) -> PreparedDeployment:
    if request.mode is Mode.BACKUP_ONLY:
        observed = observe(world, settings, None, database)
        plan = plan_backup(settings, observed)
        return PreparedDeployment(plan, RiskReport(()), "none", None, world, observed, None)
    if request.mode is Mode.ROLLBACK:
        return _plan_rollback(world, settings, request, database, look)
    if request.mode is Mode.CONTRACT:
        return _plan_contract(world, settings, request, database)
    image = resolve_image(world, settings, request)
    if passed := require_passed(settings, image):
        world.reporter.say(f"passed in {passed.environment_name} as {passed.release} ({passed.deployment_id})")
    observed = replace(hold_back(world, observe(world, settings, image, database)), compose=look)
    require_target(world, settings, observed)
    gate_revisions(observed, request.mode)
    gate_hand_migration(settings, observed, request)
    _check_health_program(world, observed, request)
    risk, preview_path, check, schema = RiskReport(()), None, None, ""
    if request.mode is not Mode.SKIP_MIGRATE:
        checked = judge_pending(world, settings, observed)
        risk, check, schema = checked.report.risk, checked.report, checked.schema
        preview_path = write_preview(settings.state_directory / PREVIEW_NAME, checked.rendered, risk)
        had_backup, request = request.has_backup, _gate_check(check, request)
        if request.has_backup and not had_backup:
            world.reporter.say(f"this migration needs a backup ({risk.level.label} risk): one is taken first")
            check_backup(world, settings, database)
    pruned = _retention(world, settings, observed)
    plan = plan_deployment(settings, observed, risk, request, pruned, check)
    release = None if same_release(observed) else _candidate(world, observed, image)
    needs_approval = _approval(request, risk)
    return PreparedDeployment(
        plan, risk, needs_approval, preview_path, world, observed, release, check, schema=schema
    )


def _check_health_program(world: World, observed: Observed, request: DeployRequest) -> None:
    """Before a migration; without one the switch would find out as well, and go back.

    Raises:
        BlockedError: the health check's program is not in the image.
    """
    if request.mode is Mode.SKIP_MIGRATE or not (observed.graph and observed.image and observed.compose):
        return
    if observed.graph.pending(observed.database.revision_ids):
        raise_all(health_program_problems(world, observed.image, observed.compose))


def _gate_check(check: CheckReport, request: DeployRequest) -> DeployRequest:
    """The request, with the backup that the check asks for.

    Raises:
        RefusedByCheck: the risk is too high for this mode, or a backup is needed and was refused.
    """
    try:
        gate_failure(check.risk, check.advice.repairs, request)
        gate_risk(check.risk, request)
        return with_needed_backup(request, check.advice.backup, check.risk)
    except BlockedError as error:
        raise RefusedByCheck(error, check) from None


def _plan_contract(
    world: World, settings: Settings, request: DeployRequest, database: DatabaseState
) -> PreparedDeployment:
    look = observe_contract(world, settings, request, database)
    gate_revisions(look.observed, request.mode)
    checked = judge_pending(world, settings, look.observed)
    risk, check = checked.report.risk, checked.report
    preview_path = write_preview(settings.state_directory / PREVIEW_NAME, checked.rendered, risk)
    request = _gate_check(check, request)
    plan = plan_contract(settings, look.observed, risk, request, look.release_number, check)
    approval: Approval = "typed" if risk.level is RiskLevel.VERY_HIGH else "yes"
    return PreparedDeployment(
        plan, risk, approval, preview_path, world, look.observed, None, check, schema=checked.schema
    )


def _plan_rollback(
    world: World, settings: Settings, request: DeployRequest, database: DatabaseState, look: ComposeLook | None
) -> PreparedDeployment:
    target = rollback_target(world, request.rollback_to)
    image = image_of_release(world, target)
    observed = replace(observe(world, settings, image, database), compose=look)
    if observed.graph is None:
        raise ValueError("observe always reads the graph of an image")
    gate_rollback(observed, observed.graph, target)
    plan = plan_rollback(settings, observed, target.number, image, watch_seconds(settings, request))
    return PreparedDeployment(plan, RiskReport(()), "yes", None, world, observed, None)


def _retention(
    world: World, settings: Settings, observed: Observed
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """What is past its time; decided in the plan, so that the operator sees it."""
    current = observed.current_release.number if observed.current_release else None
    releases = plan_release_retention(
        observed.releases, current, settings.keep_releases, observed.backup_image_id
    )
    verdicts = retention_verdicts(
        world.backups, world.ledger, world.clock.now(), settings, frozenset(releases)
    )
    return tuple(releases), tuple(verdict.backup.name for verdict in verdicts if not verdict.is_kept)


def _candidate(world: World, observed: Observed, image: Image) -> Release:
    return Release(
        number=observed.next_release_number,
        image=image,
        head_ids=observed.graph.head_ids if observed.graph else (),
        state=ReleaseState.CANDIDATE,
        deployment_id="",
        created_at=world.clock.now(),
    )


def _approval(request: DeployRequest, risk: RiskReport) -> Approval:
    """Manual means a person; very high risk means a person who types (requirement D2)."""
    if request.mode is not Mode.MANUAL_MIGRATE:
        return "none"
    return "typed" if risk.level is RiskLevel.VERY_HIGH else "yes"


def take_lock(world: World, plan: Plan) -> None:
    """The deployment's advisory lock; in the middle of a restore the database may be closed, or away.

    Raises:
        LockedError: another deployment is under way.
    """
    if plan.mode is Mode.RESTORE:
        world.restores.take_lock()
        live = next((d for d in world.restores.databases() if d.name == world.restores.database_name), None)
        if live is None or not live.is_open:
            return
    world.database.take_deployment_lock()


def save_and_run(world: World, plan: Plan, actor: Actor, release: Release | None = None) -> DeploymentOutcome:
    """End a watch that this takes over from, save the plan, tell of it, run it.

    Args:
        release: the new one, where the plan makes one.
    """
    end_watch(world, plan.mode)
    beginning = look_at_state(world, str(plan.summary.get("release", "")))
    deployment_id = world.ledger.begin_deployment(plan, actor, release, beginning)
    announce_start(world, plan, deployment_id)
    return run_saved(world, deployment_id, is_resume=False)


def run_saved(world: World, deployment_id: str, *, is_resume: bool) -> DeploymentOutcome:
    """Run the plan that the ledger holds."""
    deployment = saved_deployment(world, deployment_id)
    outcome = run_deployment(
        world, deployment, steps_of(deployment), is_resume=is_resume, end=ObservedEnd(world)
    )
    close_release(world, deployment.plan, outcome)
    mark_environment(world, deployment.plan, outcome)
    announce_end(world, deployment.plan, outcome)
    return outcome


def steps_of(deployment: Deployment) -> tuple[Step, ...]:
    """The steps of its plan.

    Raises:
        BlockedError: another version of this tool made it, with a step that this one does not know.
    """
    return runnable_steps(deployment.deployment_id, deployment.plan)


def saved_deployment(world: World, deployment_id: str) -> Deployment:
    """The deployment, as the ledger holds it.

    Raises:
        NotUndoneError: the ledger has lost it.
    """
    deployment = world.ledger.deployment(deployment_id)
    if deployment is None:
        raise NotUndoneError(
            f"deployment {deployment_id} vanished from the ledger", hint="./scripts/deploy.sh history",
            reference="ledger-inconsistent",
        )
    return deployment
