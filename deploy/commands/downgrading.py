"""The schema back to an older revision (requirement D8): shown, judged, backed up, run by the image that knows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.checking.commands.downgrade_losses import DowngradeLook, look_at_downgrade
from deploy.checking.commands.measured_downgrade import DowngradeWay
from deploy.checks.one_ledger import require_one_ledger
from deploy.commands.approvals import compose_file
from deploy.commands.observe import graph_of, observe_running
from deploy.commands.own_images import of_release
from deploy.commands.preflight import check_backup, check_engine, check_unfinished, sweep_remains, take_database
from deploy.commands.prepared import Prepared
from deploy.commands.saved_plans import save_and_run
from deploy.commands.way_back import image_of_release, rollback_target
from deploy.commands.wiring import open_world
from deploy.model.deployments import Mode, Plan
from deploy.model.doors import Reporter, World
from deploy.model.errors import BlockedError
from deploy.model.observed import Observed
from deploy.model.releases import Image, ReleaseState, RevisionGraph
from deploy.planning.consent import Danger, needed_consent
from deploy.planning.gates import gate_known_revision
from deploy.planning.plan_downgrade import gate_downgrade, plan_downgrade, resolve_target, revisions_back
from deploy.planning.plan_schema_rollback import plan_schema_rollback, schema_way
from deploy.settings.schema import Settings

WHAT_IS_LOST = "what is lost"


@contextmanager
def prepare_downgrade(settings: Settings, target: str, reporter: Reporter) -> Iterator[Prepared[DowngradeLook]]:
    """Everything up to the plan; nothing in production is changed.

    Raises:
        BlockedError: something is in the way.
        LockedError: a deployment is under way.
    """
    with open_world(settings, reporter, command="downgrade") as world:
        check_unfinished(world, Mode.DOWNGRADE)
        check_engine(world)
        require_one_ledger(world, settings)
        sweep_remains(world)
        take_database(world, Mode.DOWNGRADE)
        observed = observe_running(world, settings, world.database.observe())
        image, graph = image_that_knows(world, observed)
        target_ids = resolve_target(graph, target)
        taken_back = revisions_back(graph, observed.database.revision_ids, target_ids)
        gate_downgrade(observed, target_ids)
        check_backup(world, settings, observed.database)
        goes = DowngradeWay(observed.database.revision_ids, target_ids, taken_back)
        look = look_at_downgrade(world, settings, image, goes)
        plan = plan_downgrade(settings, observed, image, target_ids, taken_back, look.risk.level.label)
        yield _prepared(world, settings, observed, plan, look)


@contextmanager
def prepare_schema_rollback(
    settings: Settings, to: int | None, reporter: Reporter
) -> Iterator[Prepared[DowngradeLook]]:
    """The older release and the schema that it can serve, up to the plan; nothing in production is changed.

    Args:
        to: the release's number; None: the last good one before the running.

    Raises:
        BlockedError: something is in the way.
        LockedError: a deployment is under way.
    """
    with open_world(settings, reporter, command="rollback --with-schema") as world:
        check_unfinished(world, Mode.DOWNGRADE)
        check_engine(world)
        require_one_ledger(world, settings)
        sweep_remains(world)
        take_database(world, Mode.DOWNGRADE)
        observed = observe_running(world, settings, world.database.observe())
        target = rollback_target(world, to)
        target_image = image_of_release(world, target)
        observed = of_release(world, observed, target.name)
        knowing, graph = image_that_knows(world, observed)
        way = schema_way(
            graph, observed.database.revision_ids, target, graph_of(world, target_image), observed.revision_kinds
        )
        check_backup(world, settings, observed.database)
        goes = DowngradeWay(observed.database.revision_ids, way.target_ids, way.taken_back)
        look = look_at_downgrade(world, settings, knowing, goes)
        plan = plan_schema_rollback(settings, observed, target, target_image, knowing, way, look.risk.level.label)
        yield _prepared(world, settings, observed, plan, look)


def _prepared(
    world: World, settings: Settings, observed: Observed, plan: Plan, look: DowngradeLook
) -> Prepared[DowngradeLook]:
    """Where rows are lost, the name must be typed."""
    danger = Danger.ROWS_LOST if look.loses_rows else Danger.NOTHING_LOST
    needed = needed_consent(plan.mode, danger, observed.database.database_name)
    prepared = Prepared(plan, needed, look, world, lambda plan: save_and_run(world, plan, observed.actor))
    return prepared.held_fast(settings, compose_file(world), more={WHAT_IS_LOST: _losing(look)})


def _losing(look: DowngradeLook) -> str:
    """Without the rows that are counted: they change every minute."""
    findings = sorted({(f.revision_id, f.rule, f.table, f.level.label) for f in look.risk.findings})
    return json.dumps([look.loses_rows, findings])


def image_that_knows(world: World, observed: Observed) -> tuple[Image, RevisionGraph]:
    """What runs, where it knows the database's revisions; else the newest release that does.

    Raises:
        BlockedError: none is on this machine.
    """
    gate_known_revision(observed.database)
    wanted = observed.database.revision_ids
    images = [observed.running_image] if observed.running_image else []
    images += [
        image for release in observed.releases
        if release.state is not ReleaseState.PRUNED and (image := world.images.find(release.image.image_id))
    ]
    for image in images:
        graph = graph_of(world, image)
        if all(graph.knows(revision_id) for revision_id in wanted):
            return image, graph
    raise BlockedError(
        f"no image of a release on this machine knows revision {', '.join(wanted)}",
        hint="deploy the image that applied it, or pull it: ./scripts/deploy.sh history",
        reference="unknown-revision",
    )
