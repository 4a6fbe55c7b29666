"""From the database's revision back to an older one: which revisions, by which image, and whether it may be. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from deploy.model.deployments import Mode, Plan
from deploy.model.errors import BlockedError
from deploy.model.health import HealthExpectation
from deploy.model.observed import Observed
from deploy.model.releases import Image, ReleaseState, Revision, RevisionGraph, commits_inside
from deploy.model.steps import Step
from deploy.planning.backup_steps import backup_steps
from deploy.planning.plan_background import kept_down_background, stop_background, switch_background
from deploy.planning.plan_deployment import UNNAMED_RELEASE, check_health, running_name
from deploy.settings.migration_words import downgrade_words
from deploy.settings.schema import Settings
from deploy.steps.downgrade_database import DowngradeDatabase

BASE = "base"


def resolve_target(graph: RevisionGraph, word: str) -> tuple[str, ...]:
    """A whole id, the beginning of one, or `base` (none).

    Raises:
        BlockedError: the image knows none, or several.
    """
    if word == BASE:
        return ()
    ids = [revision.revision_id for revision in graph.revisions]
    found = [word] if word in ids else [name for name in ids if name.startswith(word)]
    if len(found) == 1:
        return (found[0],)
    several = f": {', '.join(found)}" if found else ""
    raise BlockedError(
        f"{word} names {'several revisions' if found else 'no revision'} of the image{several}",
        hint="./scripts/deploy.sh status names the database's revision; `alembic history` the others",
        reference="unknown-revision",
    )


def revisions_back(
    graph: RevisionGraph, database_ids: tuple[str, ...], target_ids: tuple[str, ...]
) -> tuple[Revision, ...]:
    """What is taken back, newest first.

    Raises:
        BlockedError: the database is not above the target.
    """
    applied = graph.ancestors(database_ids)
    if not set(target_ids) <= applied or set(database_ids) == set(target_ids):
        at = ", ".join(database_ids) or "no revision"
        raise BlockedError(
            f"the database is at {at}, which is not above {', '.join(target_ids)}",
            hint="./scripts/deploy.sh --manual-migrate upgrades it", reference="nothing-to-downgrade",
        )
    return tuple(reversed(replace(graph, head_ids=database_ids).pending(target_ids)))


def gate_downgrade(observed: Observed, target_ids: tuple[str, ...]) -> None:
    """What runs must not need what is taken away.

    Raises:
        BlockedError: it was written for a newer schema; the hint names the rollback that comes first.
    """
    graph = observed.running_graph
    if observed.running_image is None:
        return
    if graph is not None and set(graph.head_ids) == set(target_ids):
        return
    fitting = [r for r in observed.releases if r.state is ReleaseState.GOOD and set(r.head_ids) == set(target_ids)]
    at = ", ".join(target_ids) or BASE
    runs = running_name(observed) or "what runs"
    if fitting:
        back = f"./scripts/deploy.sh rollback --to {min(fitting, key=lambda r: r.left is not None).name}"
        # Where the older release cannot serve the schema, neither half goes alone.
        goes_alone = observed.ahead_kinds_are_expand(observed.database.revision_ids, _up_to(graph, target_ids))
        hint = f"{back}, then downgrade again" if goes_alone else f"{back} --with-schema takes both back"
    else:
        hint = (
            "no kept release is of that revision; deploy a repaired image, or restore a backup (./scripts/deploy.sh "
            "backup list)"
        )
    raise BlockedError(
        f"{runs} is not of revision {at}, and would run on a schema that it does not know", hint=hint,
        reference="downgrade-needs-rollback",
    )


def plan_downgrade(
    settings: Settings, observed: Observed, image: Image, target_ids: tuple[str, ...],
    taken_back: Sequence[Revision], risk_label: str,
) -> Plan:
    """Back up, take back, ask whether all agree.

    Args:
        image: the one that knows the database's revision; its `downgrade` runs.
    """
    from_ids = sorted(observed.database.revision_ids)
    target = target_ids[0] if target_ids else BASE
    steps: list[Step] = [
        *stop_background(observed, "the schema goes back"), *backup_steps(settings, observed),
        downgrade_step(settings, observed, image, target_ids, taken_back)
    ]
    if observed.running_image is not None:
        expectation = HealthExpectation(
            settings.app_service, settings.public_url + settings.health_path, "", None,
            observed.running_image.image_id, tuple(sorted(target_ids)),
        )
        steps.append(check_health(settings, expectation, expectation.url))
        release = running_name(observed) or UNNAMED_RELEASE
        steps += switch_background(settings, observed, observed.running_image.image_id, release, were_stopped=True)
    summary = {
        "project": settings.project_name, "environment": settings.environment,
        "database": observed.database.database_name, "database_revision": ", ".join(from_ids), "target": target,
        "taken_back": [r.revision_id for r in taken_back], "image_id": image.image_id,
        "release": running_name(observed), "risk": risk_label,
    }
    stays = kept_down_background(observed) if observed.running_image is None else ()
    return Plan(Mode.DOWNGRADE, tuple(steps), summary, stays)


def downgrade_step(
    settings: Settings, observed: Observed, image: Image, target_ids: tuple[str, ...], taken_back: Sequence[Revision],
    also_differs: Sequence[str] = (),
) -> DowngradeDatabase:
    """`alembic downgrade` of this image.

    Args:
        also_differs: what else is not as it was, where this cannot be taken back.
    """
    target = target_ids[0] if target_ids else BASE
    return DowngradeDatabase(
        says=" → ".join([*(r.revision_id for r in taken_back), target]),
        service=settings.migration_service, image_id=image.image_id, release=running_name(observed) or "manual",
        command=tuple(downgrade_words(settings, target)),
        from_ids=tuple(sorted(observed.database.revision_ids)), target_ids=tuple(sorted(target_ids)),
        commits_inside=commits_inside(taken_back), also_differs=tuple(also_differs),
    )


def _up_to(graph: RevisionGraph | None, target_ids: tuple[str, ...]) -> RevisionGraph | None:
    """What a release of these revisions knows."""
    if graph is None:
        return None
    known = graph.ancestors(target_ids)
    return RevisionGraph(tuple(r for r in graph.revisions if r.revision_id in known), target_ids)
