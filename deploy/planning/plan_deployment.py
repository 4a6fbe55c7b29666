"""Settings, observation, risk and request become a plan. Pure: the same look gives the same plan id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from deploy.model.check import CheckReport
from deploy.model.containers import RELEASE_LABEL, Health
from deploy.model.deployments import DeployRequest, Mode, Plan
from deploy.model.health import HealthExpectation
from deploy.model.observed import Observed
from deploy.model.releases import Image, commits_inside, release_name
from deploy.model.risk import RiskReport
from deploy.model.steps import Step
from deploy.planning.backup_steps import backup_steps
from deploy.planning.check_record import check_id, check_record
from deploy.planning.configuration import keep_configuration, kept_notes
from deploy.planning.downgrade_command import downgrade_command
from deploy.planning.hand_migration import open_point, says_pending
from deploy.planning.plan_accessories import accessory_notes, start_accessories
from deploy.planning.plan_background import (
    background_notes,
    run_jobs,
    says_images,
    stop_background,
    switch_background,
    unsure_revisions,
)
from deploy.planning.plan_data_checks import with_data_checks
from deploy.planning.plan_trial import plan_trial, start_limit, trial_warnings
from deploy.planning.plan_watch import guard_limits, plan_measuring, plan_watching, stays_because, watch_seconds
from deploy.planning.plan_web_services import configure_edge
from deploy.planning.release_identity import leaving, same_release
from deploy.settings.schema import Settings
from deploy.steps.check_health import CheckHealth
from deploy.steps.migrate_database import MigrateDatabase
from deploy.steps.promote_release import FormerMark, LeftRelease, PromoteRelease
from deploy.steps.prune_releases import PruneReleases
from deploy.steps.switch_containers import FormerRelease, ServedRelease, SwitchContainers
from deploy.steps.tag_for_rollback import TagForRollback
from deploy.steps.take_over_port import TakeOverPort
from deploy.steps.verify_release import VerifyRelease

# What the compose file calls a release that was started by hand.
UNNAMED_RELEASE = "manual"
MIGRATING = {Mode.AUTO_MIGRATE, Mode.MANUAL_MIGRATE}


def plan_backup(settings: Settings, observed: Observed) -> Plan:
    """`--backup` alone."""
    return Plan(
        mode=Mode.BACKUP_ONLY,
        steps=backup_steps(settings, observed),
        summary={
            "project": settings.project_name,
            "database": observed.database.database_name,
            "revision": _joined(observed.database.revision_ids),
        },
    )


def plan_deployment(
    settings: Settings,
    observed: Observed,
    risk: RiskReport,
    request: DeployRequest,
    pruned: tuple[tuple[int, ...], tuple[str, ...]],
    check: CheckReport | None = None,
) -> Plan:
    """A new release, with or without a migration.

    Args:
        check: what the migration check found; None where nothing is migrated.
        pruned: release numbers and backup files that retention gives up.
    """
    if observed.image is None or observed.graph is None:
        raise ValueError("a deployment needs an image that was looked at")
    same = same_release(observed)
    number = same.number if same else observed.next_release_number
    is_migrating = request.mode in MIGRATING and bool(observed.graph.pending(observed.database.revision_ids))
    unsure = unsure_revisions(observed, risk) if is_migrating else ()
    seconds = watch_seconds(settings, request)
    steps = start_accessories(settings, observed, waits_for_release=False)
    steps += plan_measuring(settings, observed, seconds)
    if request.has_backup:
        steps += backup_steps(settings, observed)
    steps += keep_configuration(observed, number)
    steps.append(tag_for_rollback(settings, observed, observed.image, number))
    if is_migrating:
        steps += plan_trial(settings, observed, observed.image, release_name(number), request)
        if unsure:
            steps += stop_background(observed, f"may not work with {_joined(unsure)}")
        steps += with_data_checks(observed, _migrate(settings, observed, release_name(number), check))
    steps += run_jobs(observed, observed.image.image_id, release_name(number))
    expected = _expected_revisions(observed, is_migrating=is_migrating)
    previous = _previous_name(observed)
    watching = plan_watching(
        settings, observed, observed.image, number, seconds, previous=previous,
        stays_because=stays_because(observed, risk, previous, is_migrating=is_migrating),
        is_migrating=is_migrating,
    )
    steps += _serve(
        settings, observed, observed.image, number, expected, has_health=request.has_health_check, watching=watching,
        left=leaving(observed, observed.image, f"gone back with --{request.mode.value}"),
        after_switch=start_accessories(settings, observed, waits_for_release=True), were_stopped=bool(unsure),
    )
    steps.append(_prune(settings, pruned))
    return Plan(
        mode=request.mode,
        steps=tuple(steps),
        summary=_summary(settings, observed, observed.image, number, risk) | _judgement(request, check)
        | open_point(observed, request),
        warnings=(
            _warnings(settings, observed, request) + trial_warnings(settings, observed, is_migrating=is_migrating)
            + background_notes(observed) + accessory_notes(observed) + (check.warnings if check else ())
        ),
        check=check_record(check) if check else {},
    )


def _judgement(request: DeployRequest, check: CheckReport | None) -> dict[str, Any]:
    """What an approval holds for: the same findings at the same levels, and what was accepted."""
    overridden = {"window_override": request.window_reason} if request.window_reason else {}
    if check is None or not check.risk.revisions:
        return overridden
    found: dict[str, Any] = {"check": check_id(check), "check_method": check.method, "backup": check.advice.backup}
    found |= overridden
    if request.accepted_risk:
        found |= {"accepted_risk": request.accepted_risk, "reason": request.risk_reason}
    return found


def plan_rollback(
    settings: Settings, observed: Observed, target_number: int, image: Image, seconds: float = 0, *,
    has_todays_configuration: bool = False,
) -> Plan:
    """Back to a kept good release; the schema stays where it is.

    Args:
        seconds: how long it is watched.
        has_todays_configuration: it is made by today's compose file, not by the one that was kept for it.
    """
    is_todays = has_todays_configuration or target_number not in observed.kept_numbers
    keeping = keep_configuration(observed, target_number) if is_todays else []
    notes = () if has_todays_configuration else kept_notes(observed, target_number)
    steps = [*plan_measuring(settings, observed, seconds), *keeping]
    steps.append(tag_for_rollback(settings, observed, image, target_number))
    revisions = observed.database.revision_ids
    previous = _previous_name(observed)
    watching = plan_watching(
        settings, observed, image, target_number, seconds, previous=previous, is_migrating=False,
        stays_because=stays_because(observed, RiskReport(()), previous, is_migrating=False),
    )
    left = leaving(observed, image, "rolled back")
    steps += _serve(
        settings, observed, image, target_number, revisions, has_health=True, watching=watching, left=left,
        is_todays=is_todays,
    )
    return Plan(
        mode=Mode.ROLLBACK,
        steps=tuple(steps),
        summary=_summary(settings, observed, image, target_number, RiskReport(())),
        warnings=(
            _gap_warning(settings, observed) + notes + background_notes(observed)
            + accessory_notes(observed, has_start=False)
        ),
    )


def plan_contract(
    settings: Settings, observed: Observed, risk: RiskReport, request: DeployRequest, number: int, check: CheckReport
) -> Plan:
    """What deployments held back, run by the release that serves; it goes on serving.

    Args:
        number: of that release.
    """
    if observed.image is None:
        raise ValueError("a contract needs the image that serves")
    steps = list(backup_steps(settings, observed)) if request.has_backup else []
    steps += with_data_checks(observed, _migrate(settings, observed, release_name(number), check))
    return Plan(
        mode=request.mode,
        steps=tuple(steps),
        summary=_summary(settings, observed, observed.image, number, risk) | _judgement(request, check),
        warnings=check.warnings,
        check=check_record(check),
    )


def tag_for_rollback(settings: Settings, observed: Observed, image: Image, number: int) -> TagForRollback:
    """The names that survive: `:backup` for what runs, `:release-N` for what comes."""
    repository = settings.tag_repository
    names = {f"{repository}:{release_name(number)}": image.image_id}
    previous: dict[str, str | None] = {f"{repository}:{release_name(number)}": None}
    is_known = number in {release.number for release in observed.releases}
    if is_known:
        previous[f"{repository}:{release_name(number)}"] = image.image_id
    # The image that runs is no way back from itself: `:backup` stays with the one before.
    if observed.running_image is not None and observed.running_image.image_id != image.image_id:
        names[f"{repository}:backup"] = observed.running_image.image_id
        previous[f"{repository}:backup"] = observed.backup_image_id
    for _, own in sorted(observed.background.images.items()):
        names[own.tag(release_name(number))] = own.image_id
        previous[own.tag(release_name(number))] = own.image_id if is_known else None
    says = ", ".join(f":{reference.rpartition(':')[2]}" for reference in names)
    return TagForRollback(says=says, names=names, previous=previous)


def _migrate(settings: Settings, observed: Observed, release: str, check: CheckReport | None) -> MigrateDatabase:
    if observed.image is None or observed.graph is None:
        raise ValueError("a migration needs an image that was looked at")
    from_ids = tuple(sorted(observed.database.revision_ids))
    pending = observed.graph.pending(observed.database.revision_ids)
    way = [_joined(from_ids) or "empty", *(revision.revision_id for revision in pending)]
    return MigrateDatabase(
        says=f"{len(pending)} revision{'' if len(pending) == 1 else 's'}: {' → '.join(way)}",
        service=settings.migration_service,
        image_id=observed.image.image_id,
        release=release,
        from_ids=from_ids,
        target_ids=tuple(sorted(observed.graph.head_ids)),
        target=observed.graph.head_ids[0] if observed.held_revision_ids else "head",
        commits_inside=commits_inside(pending),
        downgrade_command=_downgrade(settings, observed),
        guard=guard_limits(settings, check),
    )


def _serve(
    settings: Settings,
    observed: Observed,
    image: Image,
    number: int,
    revision_ids: tuple[str, ...] | None,
    *,
    has_health: bool,
    watching: list[Step],
    left: LeftRelease | None,
    after_switch: Sequence[Step] = (),
    is_todays: bool = True,
    were_stopped: bool = False,
) -> list[Step]:
    """Switch, check, verify, watch, promote.

    Args:
        is_todays: the release is made by today's compose file.
        after_switch: once application, workers and schedulers are the new release's.
        were_stopped: background services were stopped before the migration.
    """
    release = release_name(number)
    switch = switch_containers(
        settings, observed, f"{_previous_name(observed) or 'nothing'} → {release}, {settings.switch}",
        new=ServedRelease(image_id=image.image_id, release=release), old=former_release(observed),
        had_page=observed.has_page,
    )
    steps: list[Step] = [*take_over_port(settings, observed, switch), switch]
    expectation = HealthExpectation(
        service=settings.app_service,
        url=settings.public_url + settings.health_path,
        release_header=settings.release_header,
        release=release,
        image_id=image.image_id,
        revision_ids=None if revision_ids is None else tuple(sorted(revision_ids)),
    )
    if has_health:
        steps.append(check_health(settings, expectation, expectation.url))
    steps += configure_edge(settings, observed)
    steps += switch_background(settings, observed, image.image_id, release, were_stopped=were_stopped)
    steps += after_switch
    steps.append(
        VerifyRelease(
            says="compare what runs with the plan", service=settings.app_service,
            image_id=image.image_id, replicas=settings.replicas, revision_ids=expectation.revision_ids,
        )
    )
    steps += watching
    steps.append(promote(settings, observed, image, number, left, is_todays=is_todays))
    return steps


def take_over_port(settings: Settings, observed: Observed, switch: SwitchContainers) -> list[Step]:
    """Nothing where the edge has its port, or nobody of the application has it."""
    holders = [c.name for c in observed.running_containers if settings.edge_port in c.host_ports]
    if not holders:
        return []
    says = (
        f"port {settings.edge_port}: {', '.join(holders)} → edge; users are not served while the old process ends and "
        "the edge starts"
    )
    return [TakeOverPort(says=says, port=settings.edge_port, switch=switch)]


def _downgrade(settings: Settings, observed: Observed) -> str:
    if observed.image is None:
        raise ValueError("a migration needs an image that was looked at")
    return downgrade_command(settings, observed.image.image_id, tuple(sorted(observed.database.revision_ids)))


def check_health(settings: Settings, expectation: HealthExpectation, says: str) -> CheckHealth:
    """Wait until all that is expected agrees."""
    return CheckHealth(
        says=says, expectation=expectation,
        timeout_seconds=settings.health_timeout_seconds,
    )


def switch_containers(
    settings: Settings, observed: Observed, says: str, *, new: ServedRelease | None, old: FormerRelease | None,
    had_page: bool,
) -> SwitchContainers:
    """From one release to another; None for none."""
    return SwitchContainers(
        says=says, strategy=settings.switch, had_page=had_page,
        service=settings.app_service, edge_service=settings.edge_service, replicas=settings.replicas,
        start_timeout_seconds=settings.start_timeout_seconds, drain_timeout_seconds=settings.drain_timeout_seconds,
        stop_grace_seconds=settings.stop_grace_seconds, start_limit=start_limit(settings, observed), new=new, old=old,
    )


def stop_application(settings: Settings, observed: Observed) -> SwitchContainers:
    """Behind the page; what runs afterwards is another step's."""
    says = f"{running_name(observed) or 'the application'} stops"
    return switch_containers(settings, observed, says, new=None, old=former_release(observed), had_page=True)


def start_behind_page(settings: Settings, observed: Observed, image: Image, release: str) -> SwitchContainers:
    """Where nothing runs, because it was stopped before."""
    return switch_containers(
        settings, observed, f"{release} starts", new=ServedRelease(image_id=image.image_id, release=release),
        old=None, had_page=True,
    )


def former_release(observed: Observed) -> FormerRelease | None:
    """What an undo brings back, and by which digest where its image is gone by then; None where nothing runs."""
    image, running = observed.running_image, observed.running_containers
    if image is None:
        return None
    return FormerRelease(
        image_id=image.image_id, release=running_name(observed) or UNNAMED_RELEASE, digest=image.digest or "",
        is_sick=bool(running) and all(c.health is Health.UNHEALTHY for c in running),
    )


def promote(
    settings: Settings, observed: Observed, image: Image, number: int, left: LeftRelease | None = None, *,
    is_todays: bool = False,
) -> PromoteRelease:
    """The release becomes good and the current one.

    Args:
        left: the release that production goes away from; see leaving().
        is_todays: it is made by today's compose file; else by the one that was kept for it, where one was.
    """
    kept = next((r.configuration for r in observed.releases if r.number == number), "")
    is_kept = not is_todays and number in observed.kept_numbers and bool(kept)
    return PromoteRelease(
        says=f"{release_name(number)} becomes good and :latest",
        latest_reference=f"{settings.tag_repository}:latest",
        image_id=image.image_id,
        number=number,
        # What :latest should name again is what ran, not what a pull or a retag made of it meanwhile.
        previous_latest_image_id=observed.running_image.image_id if observed.running_image else None,
        previous_number=observed.current_release.number if observed.current_release else None,
        left=left,
        left_before=_left_before(observed, image),
        configuration=kept if is_kept else observed.configuration,
    )


def _left_before(observed: Observed, image: Image) -> tuple[FormerMark, ...]:
    """Marks that end, because this image serves again by somebody's word."""
    return tuple(
        FormerMark(number=r.number, at=r.left.at, because=r.left.because)
        for r in observed.releases if r.left is not None and r.image.image_id == image.image_id
    )


def _prune(settings: Settings, pruned: tuple[tuple[int, ...], tuple[str, ...]]) -> PruneReleases:
    return PruneReleases(
        says=f"{len(pruned[0])} releases and {len(pruned[1])} backups need not be kept any longer",
        repository=settings.tag_repository, release_numbers=pruned[0],
        backup_names=pruned[1],
    )


def _expected_revisions(observed: Observed, *, is_migrating: bool) -> tuple[str, ...]:
    if is_migrating and observed.graph is not None:
        return observed.graph.head_ids
    return observed.database.revision_ids


def _summary(
    settings: Settings, observed: Observed, image: Image, number: int, risk: RiskReport
) -> dict[str, Any]:
    graph = observed.graph
    pending = graph.pending(observed.database.revision_ids) if graph and _is_known(observed) else ()
    return {
        "project": settings.project_name,
        "environment": settings.environment,
        "database": observed.database.database_name,
        "database_revision": _joined(observed.database.revision_ids),
        "image": image.reference,
        "image_id": image.image_id,
        "image_digest": image.digest,
        "release": release_name(number),
        "release_before": running_name(observed),
        "pending_revisions": [r.revision_id for r in pending],
        "risk": risk.level.label,
        **says_images(observed),
        **({"held_revisions": list(observed.held_revision_ids)} if observed.held_revision_ids else {}),
    }


def _is_known(observed: Observed) -> bool:
    return observed.graph is not None and all(observed.graph.knows(r) for r in observed.database.revision_ids)


def _warnings(settings: Settings, observed: Observed, request: DeployRequest) -> tuple[str, ...]:
    warnings = list(_gap_warning(settings, observed))
    pending = observed.graph.pending(observed.database.revision_ids) if observed.graph and _is_known(observed) else ()
    if request.mode is Mode.SKIP_MIGRATE and pending:
        warnings.append(says_pending(pending))
    if observed.database.invalid_indexes:
        names = _joined(f"{index.index_name} on {index.table_name}" for index in observed.database.invalid_indexes)
        warnings.append(f"an earlier schema change left invalid indexes: {names} (./scripts/deploy.sh leftovers)")
    if observed.running_image and observed.current_release is None:
        warnings.append("what runs now was not deployed by this tool; it becomes the rollback target by its image id")
    return tuple(warnings)


def _gap_warning(settings: Settings, observed: Observed) -> tuple[str, ...]:
    if settings.switch != "stop-first" or observed.running_image is None:
        return ()
    return ("stop-first: users are not served from the end of the longest request until the new container is healthy",)


def running_name(observed: Observed) -> str | None:
    """The release's name that the running containers bear; the ledger's word where they bear none."""
    for container in observed.running_containers:
        label = container.labels.get(RELEASE_LABEL)
        if label:
            return label
    return observed.current_release.name if observed.current_release else None


def _previous_name(observed: Observed) -> str | None:
    """What the watch would bring back; None where nothing served."""
    return (running_name(observed) or UNNAMED_RELEASE) if observed.running_image is not None else None


def _joined(items: Iterable[str]) -> str:
    return ", ".join(items)

