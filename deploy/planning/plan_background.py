"""Workers and schedulers of a release: what a plan does with them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from deploy.model.containers import RELEASE_LABEL, Container
from deploy.model.errors import BlockedError
from deploy.model.observed import Observed
from deploy.model.releases import RevisionKind
from deploy.model.risk import RiskReport
from deploy.model.roles import Role, ServiceRole
from deploy.model.steps import Step
from deploy.settings.schema import Settings
from deploy.steps.background_services import UNNAMED_RELEASE, BackgroundMove, Wanted, says_moves
from deploy.steps.stop_background import StopBackground
from deploy.steps.switch_background import SwitchBackground


def unsure_revisions(observed: Observed, risk: RiskReport) -> tuple[str, ...]:
    """Pending revisions that are not known to leave older code working."""
    if observed.graph is None:
        return ()
    kinds = {**observed.revision_kinds, **{revision.revision_id: revision.kind for revision in risk.revisions}}
    pending = observed.graph.pending(observed.database.revision_ids)
    return tuple(r.revision_id for r in pending if kinds.get(r.revision_id) is not RevisionKind.EXPAND)


def background_moves(observed: Observed) -> tuple[BackgroundMove, ...]:
    """One for each service that moves with a release: workers first, singletons last."""
    ordered = sorted(observed.background.services, key=lambda service: service.role is Role.SINGLETON)
    return tuple(_move(service, observed.background.containers.get(service.name, ())) for service in ordered)


def stop_background(observed: Observed, because: str) -> list[Step]:
    """End what runs of them now; nothing where nothing runs."""
    moves = tuple(move for move in background_moves(observed) if move.former)
    if not moves:
        return []
    return [StopBackground(says=f"{', '.join(move.service for move in moves)}: {because}", moves=moves)]


def switch_background(
    settings: Settings, observed: Observed, image_id: str, release: str, *, after_stop: bool = False
) -> list[Step]:
    """Bring them to a release; nothing where the compose file has none.

    Args:
        after_stop: an undo leaves them stopped: what ran before must not meet what the database is by then.
    """
    moves = background_moves(observed)
    if after_stop:
        moves = tuple(replace(move, former=()) for move in moves)
    if not moves:
        return []
    return [
        SwitchBackground(
            says=f"{', '.join(says_moves(moves))} → {release}", moves=moves, image_id=image_id, release=release,
            start_timeout_seconds=settings.start_timeout_seconds, settle_seconds=settings.settle_seconds,
        )
    ]


def background_notes(observed: Observed) -> tuple[str, ...]:
    """What the plan says of the compose file: what is laid over it, which services stay, and of a gap."""
    notes = list(observed.compose.laid_over) if observed.compose else []
    if observed.migrates_at_start:
        notes.append(
            f"the application runs `{observed.migrates_at_start}` when it starts: with nothing pending that does "
            "nothing, but an image that is older than the database fails there, and nobody judges what it would "
            "migrate; the deployment migrates, so take it out of the start command"
        )
    notes += [
        f"service {service.name} runs the application's image and is not moved: {service.reason}; "
        "a label surefoot.role (worker, singleton, accessory) in the compose file says otherwise"
        for service in observed.background.others
    ]
    notes += [
        f"{service.name} stops before its new version starts: {service.strategy_reason}"
        for service in observed.background.services if service.strategy_reason
    ]
    return tuple(notes)


def gate_older_background(observed: Observed, image_id: str) -> None:
    """Nothing contracts under the feet of a worker or a scheduler that runs older code.

    Args:
        image_id: of the release that serves.

    Raises:
        BlockedError: one of them runs another image.
    """
    older = [
        container.name for containers in observed.background.containers.values() for container in containers
        if container.is_running and container.image_id != image_id
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
    names = [move.service for move in background_moves(observed) if move.former]
    return (f"{', '.join(names)} stay stopped as well",) if names else ()


def _move(service: ServiceRole, containers: Sequence[Container]) -> BackgroundMove:
    return BackgroundMove(
        service=service.name, role="singleton" if service.role is Role.SINGLETON else "worker",
        strategy=service.strategy, replicas=service.replicas, stop_grace_seconds=service.stop_grace_seconds,
        has_health_check=service.has_health_check, former=_former(containers),
    )


def _former(containers: Sequence[Container]) -> tuple[Wanted, ...]:
    kinds = Counter((c.image_id, c.labels.get(RELEASE_LABEL, UNNAMED_RELEASE)) for c in containers if c.is_running)
    return tuple(
        Wanted(image_id=image_id, release=release, count=count) for (image_id, release), count in kinds.items()
    )
