"""Which release a rollback goes back to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from deploy.model.deployments import Deployment, DeploymentState, Mode
from deploy.model.errors import BlockedError
from deploy.model.releases import Release, ReleaseState

NOT_SERVING = {Mode.BACKUP_ONLY, Mode.DOWNGRADE, Mode.CONTRACT}


def served_order(deployments: Sequence[Deployment]) -> dict[str, int]:
    """Release names with their place in time, 0 for the one that was made to serve last.

    Args:
        deployments: newest first.
    """
    names = [
        str(d.plan.summary.get("release")) for d in deployments
        if d.state is DeploymentState.DONE and d.plan.mode not in NOT_SERVING
    ]
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


def choose_target(
    releases: Sequence[Release], current: Release | None, wanted_number: int | None, order: Mapping[str, int],
    lost_numbers: frozenset[int] = frozenset(),
) -> Release:
    """The named one, or the good one that served last before the current; never by itself one that was left.

    Args:
        order: see served_order.
        lost_numbers: of releases whose image cannot be had any more: chosen only where all others are lost too.

    Raises:
        BlockedError: there is none; the hint names what can be chosen with --to.
    """
    kept = [release for release in releases if release.state is ReleaseState.GOOD]
    if wanted_number is not None:
        return _named(kept, current, wanted_number)
    older = [r for r in kept if current is None or r.number < current.number]
    older = [r for r in older if current is None or not _is_alike(r, current)]
    chosen = [r for r in older if r.left is None]
    if chosen:
        return min(chosen, key=lambda r: (r.number in lost_numbers, order.get(r.name, len(order)), -r.number))
    if older and older[0].left is not None:
        raise BlockedError(
            f"every good release before the one that runs was left: {older[0].name}, {older[0].left.because} "
            f"at {older[0].left.at:%Y-%m-%d %H:%M} UTC",
            hint=f"./scripts/deploy.sh rollback --to {older[0].number} chooses it all the same; {_names(kept)}",
            reference="rollback-target-was-left",
        )
    raise BlockedError(
        "there is no good release before the one that runs", hint=_names(kept), reference="no-rollback-target"
    )


def _is_alike(release: Release, current: Release) -> bool:
    """Whether going there changes nothing, as far as the ledger tells; without a fingerprint, by the image alone."""
    has_both = bool(release.configuration and current.configuration)
    is_same_configuration = release.configuration == current.configuration or not has_both
    return release.image.image_id == current.image.image_id and is_same_configuration


def _named(kept: Sequence[Release], current: Release | None, number: int) -> Release:
    chosen = next((release for release in kept if release.number == number), None)
    if chosen is None:
        raise BlockedError(
            f"release-{number} is not a kept good release", hint=_names(kept), reference="no-rollback-target"
        )
    if current is not None and chosen.number == current.number:
        raise BlockedError(
            f"{chosen.name} is the release that runs", hint="./scripts/deploy.sh status",
            reference="no-rollback-target",
        )
    return chosen


def _names(kept: Sequence[Release]) -> str:
    names = [f"{r.name} (left: {r.left.because})" if r.left else r.name for r in kept]
    return f"kept good releases: {', '.join(names) or 'none'}"
