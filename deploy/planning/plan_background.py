"""Workers and schedulers of a release: what a plan does with them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from deploy.model.containers import RELEASE_LABEL, Container
from deploy.model.errors import BlockedError
from deploy.model.observed import Observed
from deploy.model.releases import RevisionKind
from deploy.model.risk import RiskReport
from deploy.model.roles import MOVED, Background, Role, ServiceRole
from deploy.model.steps import Step
from deploy.planning.plan_web_services import switch_web_services
from deploy.settings.schema import Settings
from deploy.steps.background_services import UNNAMED_RELEASE, BackgroundMove, Wanted, says_moves
from deploy.steps.run_jobs import Job, RunJobs
from deploy.steps.stop_background import StopBackground
from deploy.steps.switch_background import SwitchBackground

_ROLES: Mapping[Role, Literal["web", "worker", "singleton"]] = {
    Role.WEB: "web", Role.WORKER: "worker", Role.SINGLETON: "singleton",
}


def unsure_revisions(observed: Observed, risk: RiskReport) -> tuple[str, ...]:
    """Pending revisions that are not known to leave older code working."""
    if observed.graph is None:
        return ()
    kinds = {**observed.revision_kinds, **{revision.revision_id: revision.kind for revision in risk.revisions}}
    pending = observed.graph.pending(observed.database.revision_ids)
    return tuple(r.revision_id for r in pending if kinds.get(r.revision_id) is not RevisionKind.EXPAND)


def background_moves(observed: Observed) -> tuple[BackgroundMove, ...]:
    """One for each service that moves with a release: web services first, then workers, singletons last.

    A service whose own image is not known has none: it stays as it is.
    """
    background = observed.background
    ordered = sorted(background.services, key=lambda service: MOVED.index(service.role))
    known = [service for service in ordered if not service.image or service.name in background.images]
    return tuple(_move(service, background) for service in known)


def stop_background(observed: Observed, because: str) -> list[Step]:
    """End what runs now of those that may use the database; nothing where nothing runs."""
    using = _using_database(observed)
    moves = tuple(move for move in background_moves(observed) if move.former and move.service in using)
    if not moves:
        return []
    return [StopBackground(says=f"{', '.join(move.service for move in moves)}: {because}", moves=moves)]


def switch_background(
    settings: Settings, observed: Observed, image_id: str, release: str, *, were_stopped: bool = False,
    stay_stopped: bool = False,
) -> list[Step]:
    """Bring them to a release, web services behind the edge first; nothing where the compose file has none.

    Args:
        were_stopped: those that may use the database were stopped by a step before.
        stay_stopped: an undo leaves these stopped: what ran before must not meet what the database is by then.
    """
    stopped = _using_database(observed) if were_stopped else frozenset()
    routed = {service.name for service in observed.background.services if service.is_routed}
    moves = tuple(
        replace(move, former=()) if stay_stopped and move.service in stopped else move
        for move in background_moves(observed)
        if (move.service in stopped or move.service not in observed.background.unchanged)
        and move.service not in routed
    )
    steps = switch_web_services(
        settings, observed, image_id, release, stopped=stopped, stay_stopped=stay_stopped
    )
    if not moves:
        return steps
    return [
        *steps,
        SwitchBackground(
            says=f"{', '.join(says_moves(moves))} → {release}", moves=moves, image_id=image_id, release=release,
            start_timeout_seconds=settings.start_timeout_seconds, settle_seconds=settings.settle_seconds,
        )
    ]


def run_jobs(observed: Observed, image_id: str, release: str) -> list[Step]:
    """What runs once in each deployment; nothing where the file has no such service."""
    background = observed.background
    jobs = tuple(
        Job(
            service=job.name, image_id=background.images[job.name].image_id if job.image else image_id,
            stop_grace_seconds=job.stop_grace_seconds,
        )
        for job in background.jobs
    )
    if not jobs:
        return []
    return [RunJobs(says=f"{', '.join(job.service for job in jobs)}, once", jobs=jobs, release=release)]


def background_notes(observed: Observed) -> tuple[str, ...]:
    """What the plan says of the compose file: what is laid over it, which services stay, and of a gap."""
    notes = list(observed.compose.laid_over) if observed.compose else []
    if observed.migrates_at_start:
        notes.append(
            f"the application runs `{observed.migrates_at_start}` when it starts: with nothing pending that does "
            "nothing, but an image that is older than the database fails there, and nobody judges what it would "
            "migrate; the deployment migrates, so take it out of the start command"
        )
    notes += _own_image_notes(observed.background)
    notes += [
        f"service {service.name} runs the application's image and is not moved: {service.reason}; "
        "a label surefoot.role (web, worker, singleton, accessory) in the compose file says otherwise"
        for service in observed.background.others
    ]
    notes += [
        f"{service.name} stops before its new version starts: {service.strategy_reason}"
        for service in observed.background.services
        if service.strategy_reason and service.name not in observed.background.unchanged
    ]
    return tuple(notes)


def _own_image_notes(background: Background) -> Iterator[str]:
    """Of services that are part of the release and do not run the application's image."""
    for service in background.services:
        if not service.image:
            continue
        if service.name not in background.images:
            yield f"{service.name} stays as it is: which image it had in that release is not known"
        elif service.name in background.unchanged:
            yield f"{service.name} stays as it is: its image and its part of the compose file are the same"
        else:
            yield f"{service.name} is part of the release, with an image of its own: {service.reason}"


def says_images(observed: Observed) -> Mapping[str, list[str]]:
    """For a plan's summary, `frontend sha256:…`; nothing where the release is one image."""
    images = [f"{name} {image.image_id}" for name, image in sorted(observed.background.images.items())]
    return {"other_images": images} if images else {}


def gate_older_background(observed: Observed, image_id: str) -> None:
    """Nothing contracts under the feet of a worker or a scheduler that runs older code.

    Args:
        image_id: of the release that serves.

    Raises:
        BlockedError: one of them runs another image.
    """
    background = observed.background
    wanted = {
        service.name: background.images[service.name].image_id if service.name in background.images else image_id
        for service in background.services if not service.image or service.name in background.images
    }
    older = [
        container.name for name, containers in background.containers.items() for container in containers
        if container.is_running and container.image_id != wanted.get(name, container.image_id)
    ]
    if older:
        raise BlockedError(
            f"{', '.join(older)} {'runs' if len(older) == 1 else 'run'} another image than the release that serves, "
            "and may still need what the contract removes",
            hint=f"./scripts/deploy.sh --skip-migrate --image {image_id} brings them along; then contract again",
            reference="older-code-runs",
        )


def kept_down_background(observed: Observed) -> tuple[str, ...]:
    """Where no release runs afterwards, no background service does either."""
    using = _using_database(observed)
    names = [move.service for move in background_moves(observed) if move.former and move.service in using]
    return (f"{', '.join(names)} stay stopped as well",) if names else ()


def _using_database(observed: Observed) -> frozenset[str]:
    return frozenset(service.name for service in observed.background.services if service.uses_database)


def _move(service: ServiceRole, background: Background) -> BackgroundMove:
    return BackgroundMove(
        service=service.name, role=_ROLES[service.role], strategy=service.strategy, replicas=service.replicas,
        stop_grace_seconds=service.stop_grace_seconds, has_health_check=service.has_health_check,
        former=_former(background.containers.get(service.name, ())),
        image_id=background.images[service.name].image_id if service.image else "",
    )


def _former(containers: Sequence[Container]) -> tuple[Wanted, ...]:
    kinds = Counter((c.image_id, c.labels.get(RELEASE_LABEL, UNNAMED_RELEASE)) for c in containers if c.is_running)
    return tuple(
        Wanted(image_id=image_id, release=release, count=count) for (image_id, release), count in kinds.items()
    )
