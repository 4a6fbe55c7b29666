"""Which releases are past their time. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.model.releases import Release, ReleaseState


def plan_release_retention(releases: Sequence[Release], current_number: int | None, keep: int) -> tuple[int, ...]:
    """Numbers of releases whose tag goes: beyond the newest `keep` good ones; never the running one.

    Bad releases go as soon as they are not among the newest `keep` of all.
    """
    kept = {r.number for r in sorted(releases, key=lambda r: -r.number) if r.state is ReleaseState.GOOD}
    newest_good = set(sorted(kept, reverse=True)[:keep])
    newest_any = set(sorted((r.number for r in releases), reverse=True)[:keep])
    gone = []
    for release in releases:
        if release.state is ReleaseState.PRUNED or release.number == current_number:
            continue
        if release.state is ReleaseState.GOOD and release.number in newest_good:
            continue
        if release.state is not ReleaseState.GOOD and release.number in newest_any:
            continue
        gone.append(release.number)
    return tuple(sorted(gone))
