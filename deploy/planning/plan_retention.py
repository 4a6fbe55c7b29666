"""Which releases are past their time. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.model.releases import Release, ReleaseState


def plan_release_retention(
    releases: Sequence[Release], current_number: int | None, keep: int, backup_image_id: str | None = None
) -> tuple[int, ...]:
    """Numbers of releases whose tag goes: beyond the newest `keep` ways back, and those with `keep` distinct images.

    A way back is a good release that was not left. Several with one image differ in their configuration or in the
    images of other services; the older ones of an image push no other image out.
    Others (bad, left) go as soon as they are not among the newest `keep` of all. The running release and that of
    `:backup` never go.

    Args:
        backup_image_id: the image that `:backup` names; None where it names none.
    """
    newest_first = sorted(releases, key=lambda r: -r.number)
    images: dict[str, int] = {}
    ways_back: dict[tuple[str, str], int] = {}
    for release in newest_first:
        if release.state is ReleaseState.GOOD and release.left is None:
            images.setdefault(release.image.image_id, release.number)
            ways_back.setdefault((release.image.image_id, release.configuration), release.number)
    kept = {*list(images.values())[:keep], *list(ways_back.values())[:keep]}
    if current_number is not None:
        kept.add(current_number)
    behind_backup = [r.number for r in newest_first if r.image.image_id == backup_image_id and _may_serve(r)]
    kept.update(behind_backup[:1])
    newest_any = {r.number for r in newest_first[:keep]}
    gone = []
    for release in releases:
        is_way_back = release.state is ReleaseState.GOOD and release.left is None
        if release.state is ReleaseState.PRUNED or release.number in kept:
            continue
        if not is_way_back and release.number in newest_any:
            continue
        gone.append(release.number)
    return tuple(sorted(gone))


def _may_serve(release: Release) -> bool:
    return release.state is ReleaseState.GOOD
