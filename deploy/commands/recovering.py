"""`recover`: the ledger is gone; read the releases back from what runs and from the tags."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from deploy.checking.commands.judging import check_pending
from deploy.checking.commands.rates_file import read_rates
from deploy.checking.commands.sources import image_source
from deploy.checks.one_ledger import elsewhere_problem
from deploy.commands.observe import observe_actor
from deploy.commands.preflight import check_engine, check_unfinished
from deploy.commands.prepared import Prepared
from deploy.commands.wiring import open_world
from deploy.model.check_request import CheckRequest
from deploy.model.deployments import Mode, Plan
from deploy.model.doors import Reporter, World
from deploy.model.errors import EXIT_DONE, BlockedError, DeployError
from deploy.model.recovery import Recovery, Remains
from deploy.model.releases import Image, Release, ReleaseState, release_name
from deploy.model.results import DeploymentOutcome
from deploy.planning.consent import Danger, needed_consent
from deploy.planning.plan_recovery import plan_recovery
from deploy.settings.schema import Settings


@contextmanager
def prepare_recovery(settings: Settings, reporter: Reporter) -> Iterator[Prepared[Recovery]]:
    """Look; the ledger is written by `execute` alone.

    Raises:
        BlockedError: the ledger knows what there is, another checkout deploys this project, or nothing was found.
        LockedError: another deployment is under way.
    """
    with open_world(settings, reporter, command="recover") as world:
        check_unfinished(world, Mode.RECOVER, ends_watch=False)
        check_engine(world)
        containers = world.containers.list(settings.app_service)
        if problem := elsewhere_problem(world, settings, containers):
            raise problem
        world.database.take_deployment_lock()
        remains = _look(world, settings)
        recovery = plan_recovery(remains, world.clock.now())
        _require_something(world, settings, recovery, remains)
        plan = _plan(settings, recovery, remains)
        needed = needed_consent(plan.mode, Danger.NOTHING_LOST, remains.database.database_name)
        yield Prepared(plan, needed, recovery, world, lambda plan: _write(world, settings, plan, recovery, remains))


def _plan(settings: Settings, found: Recovery, remains: Remains) -> Plan:
    """It has no step: only the ledger is written."""
    return Plan(
        Mode.RECOVER, (),
        {
            "project": settings.project_name,
            "database": remains.database.database_name,
            "database_revision": ", ".join(remains.database.revision_ids),
            "releases": [release.name for release in found.releases],
            "release": release_name(found.current) if found.current is not None else "",
        },
        warnings=found.doubts,
    )


def _write(world: World, settings: Settings, plan: Plan, found: Recovery, remains: Remains) -> DeploymentOutcome:
    releases = tuple(replace(r, head_ids=_heads(world, r.image)) for r in found.releases)
    _remember_kinds(world, settings, (*releases, *remains.known), found.current)
    says = f"done; found again by tags and labels: {', '.join(r.name for r in releases) or 'what serves'}"
    deployment_id = world.ledger.adopt(plan, observe_actor(), releases, found.current, says)
    return DeploymentOutcome(
        EXIT_DONE, world.ledger.deployment(deployment_id), says, next_command="./scripts/deploy.sh status"
    )


def _look(world: World, settings: Settings) -> Remains:
    containers = world.containers.list(settings.app_service)
    images = {c.image_id: world.images.find(c.image_id) for c in containers}
    return Remains(
        tags=world.images.tags(settings.tag_repository),
        containers=containers,
        images={image_id: image for image_id, image in images.items() if image is not None},
        slots=world.edge.slots() if world.edge.is_reachable() else (),
        database=world.database.observe(),
        known=world.ledger.releases(),
    )


def _require_something(world: World, settings: Settings, recovery: Recovery, remains: Remains) -> None:
    """Raises BlockedError: there is nothing to write."""
    current = world.ledger.current_release()
    if not recovery.releases and remains.known and (current.number if current else None) == recovery.current:
        raise BlockedError(
            "the ledger already knows every release that tags and containers name",
            hint="./scripts/deploy.sh status", reference="nothing-to-recover",
        )
    if not recovery.releases and not remains.known:
        raise BlockedError(
            f"no release was found: no container of project {settings.project_name} has a release label, and "
            f"{settings.tag_repository} has no :release-N here",
            hint="is this the right machine and directory? if so, a deployment begins with release-1",
            reference="nothing-to-recover",
        )


def _heads(world: World, image: Image) -> tuple[str, ...]:
    """What the image ships; nothing where it is gone or has no readable project."""
    try:
        graph = world.ledger.cached_graph(image.image_id) or world.migrations.graph(image.image_id)
    except DeployError as error:
        world.reporter.warn(f"the revisions of image {image.image_id[7:19]} are not known: {error.what}")
        return ()
    world.ledger.cache_graph(image.image_id, graph)
    return graph.head_ids


def _remember_kinds(
    world: World, settings: Settings, releases: tuple[Release, ...], current: int | None
) -> None:
    """Judge the text of the revisions between the oldest good release and what runs, so that a rollback can be."""
    good = [r for r in releases if r.state is ReleaseState.GOOD and r.head_ids]
    newest = next((r for r in good if r.number == current), None)
    oldest = min(good, key=lambda r: r.number, default=None)
    if newest is None or oldest is None or newest.head_ids == oldest.head_ids:
        return
    request = CheckRequest(
        image_source(world, settings, newest.image.image_id), from_ids=oldest.head_ids, to_ids=newest.head_ids,
        is_measured=False,
    )
    # What cannot be judged stays unknown, and a rollback over it is refused with the choices.
    with suppress(DeployError):
        report = check_pending(world.scratch, request, None, read_rates(), world.reporter.log).report
        world.ledger.record_revision_kinds({r.revision_id: r.kind for r in report.risk.revisions})
