"""The schema back to an older revision (requirement D8): shown, judged, backed up, run by the image that knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.checks.one_ledger import require_one_ledger
from deploy.commands.deploying import save_and_run
from deploy.commands.observe import graph_of, observe_running
from deploy.commands.preflight import check_backup, check_engine, check_unfinished, sweep_remains, take_database
from deploy.commands.wiring import open_world
from deploy.model.deployments import Actor, Mode, Plan
from deploy.model.doors import Reporter, World
from deploy.model.errors import BlockedError
from deploy.model.observed import Observed
from deploy.model.releases import Image, ReleaseState, RevisionGraph
from deploy.model.results import DeploymentOutcome
from deploy.model.risk import RevisionSql, RiskReport
from deploy.planning.plan_downgrade import gate_downgrade, plan_downgrade, resolve_target, revisions_back
from deploy.risk.evidence import from_rendered
from deploy.risk.facts import Facts
from deploy.risk.judge import judge_run
from deploy.settings.schema import Settings


@dataclass(frozen=True)
class PreparedDowngrade:
    """A plan that waits for its yes. The locks are held until the context ends.

    Attributes:
        rendered: the SQL, newest revision first.
        rows: of the tables that lose something, counted.
        loses_rows: whether the database's name must be typed.
    """

    plan: Plan
    rendered: tuple[RevisionSql, ...]
    risk: RiskReport
    rows: Mapping[str, int]
    loses_rows: bool
    database_name: str
    _world: World
    _actor: Actor

    def execute(self) -> DeploymentOutcome:
        """Save the plan, then run it."""
        return save_and_run(self._world, self.plan, self._actor)


@contextmanager
def prepare_downgrade(settings: Settings, target: str, reporter: Reporter) -> Iterator[PreparedDowngrade]:
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
        image, graph = _image_that_knows(world, observed)
        target_ids = resolve_target(graph, target)
        taken_back = revisions_back(graph, observed.database.revision_ids, target_ids)
        gate_downgrade(observed, target_ids)
        check_backup(world, settings, observed.database)
        rendered = world.migrations.render_downgrade(image.image_id, [r.revision_id for r in taken_back])
        risk = _judge(world, rendered)
        losing = sorted({f.table for f in risk.findings if f.loses and f.table})
        rows = world.restores.count_rows(losing)
        # What could not be read or counted may lose rows as well.
        is_unsure = any(sql.sql is None or sql.problem for sql in rendered) or len(rows) < len(losing)
        loses_rows = is_unsure or any(rows.values()) or any(f.loses and not f.table for f in risk.findings)
        plan = plan_downgrade(settings, observed, image, target_ids, taken_back, risk.level.label)
        yield PreparedDowngrade(
            plan, rendered, risk, rows, loses_rows, observed.database.database_name, world, observed.actor
        )


def _image_that_knows(world: World, observed: Observed) -> tuple[Image, RevisionGraph]:
    """What runs, where it knows the database's revisions; else the newest release that does.

    Raises:
        BlockedError: none is on this machine.
    """
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


def _judge(world: World, rendered: tuple[RevisionSql, ...]) -> RiskReport:
    """What its text does to production's schema and sizes."""
    snapshot = world.snapshots.take()
    tables = frozenset(table.name for table in snapshot.tables if table.name != "alembic_version")
    facts = Facts(
        existing_tables=tables, sizes=snapshot.sizes(), schema_sql=snapshot.schema_statements(),
        server_major=snapshot.server_major,
    )
    return judge_run(from_rendered(rendered), facts).report
