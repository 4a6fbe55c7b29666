"""Deploy, roll back, back up: from a request to an outcome. `resume` and `abort` of what a crash left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deploy.commands.observe import observe
from deploy.commands.preflight import check_backup, check_before, check_engine, check_unfinished
from deploy.commands.preview import judge_pending, write_preview
from deploy.commands.resolve_image import resolve_image
from deploy.commands.wiring import open_world
from deploy.engine.abort_plan import abort_deployment
from deploy.engine.run_plan import run_deployment
from deploy.model.check import CheckReport
from deploy.model.database import DatabaseState
from deploy.model.deployments import Deployment, DeploymentState, DeployRequest, Mode, Plan
from deploy.model.doors import Reporter, World
from deploy.model.errors import BlockedError, DeployError, NotUndoneError, RefusedByCheck
from deploy.model.observed import Observed
from deploy.model.releases import Image, Release, ReleaseState
from deploy.model.results import DeploymentOutcome
from deploy.model.risk import RiskLevel, RiskReport
from deploy.planning.downgrade_command import downgrade_command
from deploy.planning.gates import gate_revisions, gate_risk, gate_rollback, with_needed_backup
from deploy.planning.plan_deployment import plan_backup, plan_deployment, plan_rollback
from deploy.planning.plan_retention import plan_backup_retention, plan_release_retention
from deploy.settings.schema import Settings
from deploy.steps.registry import build_steps

PREVIEW_NAME = "migration_preview.sql"
Approval = Literal["none", "yes", "typed"]


@dataclass(frozen=True)
class PreparedDeployment:
    """A plan that waits for its yes. The locks are held until the context ends."""

    plan: Plan
    risk: RiskReport
    needs_approval: Approval
    preview_path: Path | None
    _world: World
    _observed: Observed
    _release: Release | None
    check: CheckReport | None = None

    def execute(self) -> DeploymentOutcome:
        """Save the plan, then run it."""
        ledger = self._world.ledger
        if self.risk.revisions:
            ledger.record_revision_kinds({r.revision_id: r.kind for r in self.risk.revisions})
        deployment_id = ledger.begin_deployment(self.plan, self._observed.actor, self._release)
        return _run(self._world, deployment_id, is_resume=False)


@contextmanager
def prepare(settings: Settings, request: DeployRequest, reporter: Reporter) -> Iterator[PreparedDeployment]:
    """Everything up to the plan: preflight, lock, image, look, judge. Nothing in production is changed.

    Raises:
        BlockedError: something is in the way.
        LockedError: another deployment is under way.
    """
    with ExitStack() as stack:
        world = stack.enter_context(open_world(settings, reporter, command=request.mode.value))
        check_unfinished(world)
        check_engine(world)
        for file_name in world.backups.sweep_partial_files():
            reporter.say(f"removed the remains of a broken backup: {file_name}")
        world.database.take_deployment_lock()
        database = world.database.observe()
        check_before(world, settings, request, database)
        if request.has_backup:
            check_backup(world, settings, database)
        yield _plan(world, settings, request, database)


def _plan(
    world: World, settings: Settings, request: DeployRequest, database: DatabaseState
) -> PreparedDeployment:
    if request.mode is Mode.BACKUP_ONLY:
        observed = observe(world, settings, None, database)
        plan = plan_backup(settings, observed)
        return PreparedDeployment(plan, RiskReport(()), "none", None, world, observed, None)
    if request.mode is Mode.ROLLBACK:
        return _plan_rollback(world, settings, request, database)
    image = resolve_image(world, settings, request)
    observed = observe(world, settings, image, database)
    gate_revisions(observed, request.mode)
    risk, preview_path, check = RiskReport(()), None, None
    if request.mode is not Mode.SKIP_MIGRATE:
        checked = judge_pending(world, settings, observed)
        risk, check = checked.report.risk, checked.report
        preview_path = write_preview(settings.state_directory / PREVIEW_NAME, checked.rendered, risk)
        had_backup, request = request.has_backup, _gate_check(check, request)
        if request.has_backup and not had_backup:
            world.reporter.say(f"this migration needs a backup ({risk.level.label} risk): one is taken first")
            check_backup(world, settings, database)
    pruned = _retention(world, settings, observed)
    plan = plan_deployment(settings, observed, risk, request, pruned, check)
    release = _candidate(world, observed, image)
    needs_approval = _approval(request, risk)
    return PreparedDeployment(plan, risk, needs_approval, preview_path, world, observed, release, check)


def _gate_check(check: CheckReport, request: DeployRequest) -> DeployRequest:
    """The request, with the backup that the check asks for.

    Raises:
        RefusedByCheck: the risk is too high for this mode, or a backup is needed and was refused.
    """
    try:
        gate_risk(check.risk, request)
        return with_needed_backup(request, check.advice.backup, check.risk)
    except BlockedError as error:
        raise RefusedByCheck(error, check) from None


def _plan_rollback(
    world: World, settings: Settings, request: DeployRequest, database: DatabaseState
) -> PreparedDeployment:
    target = _rollback_target(world, request)
    image = world.images.find(target.image.image_id) or (
        world.images.pull(target.image.digest, world.reporter.say) if target.image.digest else None
    )
    if image is None:
        raise BlockedError(
            f"the image of {target.name} is no longer on this machine and has no digest to pull it by",
            hint="./scripts/deploy.sh history, and choose another with --to",
            reference="release-image-gone",
        )
    observed = observe(world, settings, image, database)
    if observed.graph is None:
        raise ValueError("observe always reads the graph of an image")
    newer_id = observed.running_image.image_id if observed.running_image else image.image_id
    gate_rollback(
        observed, observed.graph, target.name, downgrade_command(settings, newer_id, observed.graph.head_ids)
    )
    plan = plan_rollback(settings, observed, target.number, image)
    return PreparedDeployment(plan, RiskReport(()), "yes", None, world, observed, None)


def _rollback_target(world: World, request: DeployRequest) -> Release:
    current = world.ledger.current_release()
    kept = [r for r in world.ledger.releases() if r.state is ReleaseState.GOOD]
    if request.rollback_to is not None:
        chosen = [r for r in kept if r.number == request.rollback_to]
        missing = f"release-{request.rollback_to} is not a kept good release"
    else:
        chosen = [r for r in kept if current is None or r.number < current.number]
        missing = "there is no good release before the one that runs"
    if not chosen:
        names = ", ".join(r.name for r in kept) or "none"
        raise BlockedError(missing, hint=f"kept good releases: {names}", reference="no-rollback-target")
    if current is not None and chosen[0].number == current.number:
        raise BlockedError(
            f"{chosen[0].name} is the release that runs", hint="./scripts/deploy.sh status",
            reference="no-rollback-target",
        )
    return chosen[0]


def _retention(
    world: World, settings: Settings, observed: Observed
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """What is past its time; decided in the plan, so that the operator sees it."""
    current = observed.current_release.number if observed.current_release else None
    releases = plan_release_retention(observed.releases, current, settings.keep_releases)
    backups = plan_backup_retention(world.ledger.backups(), world.clock.now(), settings.backup_keep_days)
    return tuple(releases), tuple(backups)


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


def resume(settings: Settings, reporter: Reporter) -> DeploymentOutcome:
    """Go on with the saved plan.

    Raises:
        BlockedError: there is nothing unfinished.
    """
    with _unfinished(settings, reporter, "resume") as (world, deployment_id):
        return _run(world, deployment_id, is_resume=True)


def abort(settings: Settings, reporter: Reporter) -> DeploymentOutcome:
    """Take back what the unfinished deployment began.

    Raises:
        BlockedError: there is nothing unfinished.
    """
    with _unfinished(settings, reporter, "abort") as (world, deployment_id):
        deployment = _deployment(world, deployment_id)
        outcome = abort_deployment(world, deployment, build_steps(deployment.plan))
        _close_release(world, deployment.plan, outcome)
        return outcome


@contextmanager
def _unfinished(settings: Settings, reporter: Reporter, command: str) -> Iterator[tuple[World, str]]:
    """The world, locked, and the id of the deployment that a dead process left."""
    with open_world(settings, reporter, command=command) as world:
        deployment_id = _unfinished_id(world)
        check_engine(world)
        world.backups.sweep_partial_files()
        world.database.take_deployment_lock()
        yield world, deployment_id


def _run(world: World, deployment_id: str, *, is_resume: bool) -> DeploymentOutcome:
    deployment = _deployment(world, deployment_id)
    outcome = run_deployment(world, deployment, build_steps(deployment.plan), is_resume=is_resume)
    _close_release(world, deployment.plan, outcome)
    return outcome


def _deployment(world: World, deployment_id: str) -> Deployment:
    deployment = world.ledger.deployment(deployment_id)
    if deployment is None:
        raise NotUndoneError(
            f"deployment {deployment_id} vanished from the ledger", hint="./scripts/deploy.sh history",
            reference="ledger-inconsistent",
        )
    return deployment


def _close_release(world: World, plan: Plan, outcome: DeploymentOutcome) -> None:
    """A release that did not make it is never a rollback target."""
    if plan.mode in {Mode.BACKUP_ONLY, Mode.ROLLBACK} or outcome.deployment is None:
        return
    if outcome.deployment.state in {DeploymentState.RUNNING, DeploymentState.DONE}:
        return
    try:
        for release in world.ledger.releases():
            if release.name == plan.summary["release"] and release.state is not ReleaseState.PRUNED:
                world.ledger.set_release_state(release.number, ReleaseState.BAD)
    except DeployError as error:
        # It stays a candidate, which is no rollback target either; the outcome itself must be told.
        world.reporter.warn(f"could not mark {plan.summary['release']} as bad: {error.what}")


def _unfinished_id(world: World) -> str:
    unfinished = world.ledger.unfinished()
    if unfinished is None:
        raise BlockedError(
            "no deployment is unfinished", hint="./scripts/deploy.sh status", reference="nothing-unfinished"
        )
    return unfinished.deployment_id
