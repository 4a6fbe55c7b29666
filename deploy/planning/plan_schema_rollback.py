"""Back to an older release together with the schema that it can serve, in one plan. Pure.

After a contract neither half goes alone: the older release cannot serve the schema, and the newer one cannot serve
the older schema. So nobody is served in between, and exactly one step cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.model.deployments import Mode, Plan
from deploy.model.errors import BlockedError
from deploy.model.health import HealthExpectation
from deploy.model.observed import Observed
from deploy.model.planned_step import UndoKind
from deploy.model.releases import Image, Release, Revision, RevisionGraph, RevisionKind
from deploy.model.steps import Step
from deploy.planning.backup_steps import backup_steps
from deploy.planning.plan_background import stop_background, switch_background
from deploy.planning.plan_deployment import (
    check_health,
    promote,
    running_name,
    start_behind_page,
    stop_application,
    tag_for_rollback,
)
from deploy.planning.plan_downgrade import BASE, downgrade_step, revisions_back
from deploy.planning.release_identity import leaving
from deploy.settings.schema import Settings
from deploy.steps.begin_maintenance import BeginMaintenance
from deploy.steps.end_maintenance import EndMaintenance

STILL_DOWN = ("no application runs", "the maintenance page is on")


@dataclass(frozen=True)
class SchemaWay:
    """From where the database is to where the older release can serve it.

    Attributes:
        taken_back: newest first.
        target_ids: where the database is afterwards.
    """

    taken_back: tuple[Revision, ...]
    target_ids: tuple[str, ...]


def schema_way(
    graph: RevisionGraph, database_ids: tuple[str, ...], target: Release, target_graph: RevisionGraph,
    kinds: Mapping[str, RevisionKind],
) -> SchemaWay:
    """As few revisions as possible: what only adds since the older release stays.

    Args:
        graph: of the image that knows the database's revisions.
        target_graph: of the older release.

    Raises:
        BlockedError: nothing needs to be taken back, or the two have no common road.
    """
    if all(target_graph.knows(revision_id) for revision_id in database_ids):
        raise BlockedError(
            f"{target.name} knows the present schema: no revision has to be taken back",
            hint=f"./scripts/deploy.sh rollback --to {target.number}", reference="nothing-to-downgrade",
        )
    goals = tuple(sorted(graph.ancestors(database_ids) & {r.revision_id for r in target_graph.revisions}))
    shared = tuple(name for name in goals if not _is_below_another(graph, name, goals))
    if len(shared) > 1:
        raise BlockedError(
            f"{target.name} is at several revisions ({', '.join(shared)}), and one command goes back to only one",
            hint=f"./scripts/deploy.sh downgrade {shared[0]}, one branch after the other; or restore a backup "
            "(./scripts/deploy.sh backup list)", reference="several-heads",
        )
    whole = revisions_back(graph, database_ids, shared)
    if any(len(r.down_revision_ids) > 1 or r.depends_on_ids for r in whole) or len(database_ids) > 1:
        return SchemaWay(whole, shared)
    for count in range(1, len(whole)):
        stays = whole[count:]
        if all(kinds.get(r.revision_id) is RevisionKind.EXPAND for r in stays):
            return SchemaWay(whole[:count], (stays[0].revision_id,))
    return SchemaWay(whole, shared)


def plan_schema_rollback(
    settings: Settings, observed: Observed, target: Release, image: Image, knowing: Image, way: SchemaWay,
    risk_label: str,
) -> Plan:
    """Page on, application off, backup, downgrade, the older release, its health, page off.

    Args:
        target: where to; image: of it, on this machine.
        knowing: the image whose `downgrade` runs.
    """
    steps: list[Step] = [*stop_background(observed, "the schema goes back"), _begin(settings, observed)]
    if observed.running_image is not None:
        steps.append(stop_application(settings, observed))
    steps += [*backup_steps(settings, observed), tag_for_rollback(settings, observed, image, target.number)]
    steps.append(downgrade_step(settings, observed, knowing, way.target_ids, way.taken_back, STILL_DOWN))
    steps.append(start_behind_page(settings, observed, image, target.name))
    expectation = HealthExpectation(settings.app_service, "", "", None, image.image_id, tuple(sorted(way.target_ids)))
    steps.append(check_health(settings, expectation, "containers and schema, behind the page"))
    left = leaving(observed, image, "rolled back with its schema")
    steps.append(promote(settings, observed, image, target.number, left))
    if not observed.has_page:
        steps.append(
            EndMaintenance(
                says="requests are served again", undo_kind=UndoKind.REVERTED, service=settings.app_service,
                timeout_seconds=settings.health_timeout_seconds, old_name=None,
                serves=f"{target.name} serves, and users write into the older schema",
            )
        )
    steps += switch_background(
        settings, observed, image.image_id, target.name, were_stopped=True, stay_stopped=True
    )
    return Plan(
        Mode.ROLLBACK, tuple(steps), _summary(settings, observed, target, image, way, risk_label), _warnings(observed)
    )


def _warnings(observed: Observed) -> tuple[str, ...]:
    if observed.has_page:
        return ("the maintenance page was on before, and stays on: ./scripts/deploy.sh maintenance off",)
    return ("users are not served from the first step to the last",)


def _begin(settings: Settings, observed: Observed) -> BeginMaintenance:
    return BeginMaintenance(
        says="503 with the maintenance page", database_name=observed.database.database_name, old_name=None,
        closes_database=False, had_page=observed.has_page, drain_timeout_seconds=settings.drain_timeout_seconds,
    )


def _summary(
    settings: Settings, observed: Observed, target: Release, image: Image, way: SchemaWay, risk_label: str
) -> dict[str, Any]:
    return {
        "project": settings.project_name, "environment": settings.environment,
        "database": observed.database.database_name,
        "database_revision": ", ".join(sorted(observed.database.revision_ids)),
        "target": ", ".join(way.target_ids) or BASE, "taken_back": [r.revision_id for r in way.taken_back],
        "image_id": image.image_id, "release": target.name, "release_before": running_name(observed),
        "risk": risk_label,
    }


def _is_below_another(graph: RevisionGraph, name: str, others: Sequence[str]) -> bool:
    return any(name != other and name in graph.ancestors((other,)) for other in others)
