"""Which release serves the restored database: the one whose image knows exactly its revisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.model.backups import Manifest
from deploy.model.errors import BlockedError
from deploy.model.observed import Observed
from deploy.model.releases import Release, ReleaseState
from deploy.model.restores import RestoreRequest


@dataclass(frozen=True)
class ReleaseChoice:
    """What runs after the restore.

    Attributes:
        release: to be started; None: what runs now stays (or nothing runs, and nothing is known).
        keeps_down: nothing is started, and what runs is stopped: by the operator's word.
    """

    release: Release | None
    keeps_down: bool = False


def choose_release(observed: Observed, manifest: Manifest, request: RestoreRequest) -> ReleaseChoice:
    """What runs stays where it fits; else the release that ran at the backup; else the newest that fits.

    Args:
        request: it may name a release, which must fit too, or keep the application down, which any backup fits.

    Raises:
        BlockedError: none fits, with the choices named.
    """
    if request.keeps_down:
        return ReleaseChoice(None, keeps_down=True)
    wanted_number = request.release_number
    revisions = set(manifest.content.revision_ids)
    fitting = [r for r in observed.releases if r.state is ReleaseState.GOOD and set(r.head_ids) == revisions]
    fitting.sort(key=lambda r: r.left is not None)  # one that production went away from only where no other fits
    if wanted_number is not None:
        chosen = [r for r in fitting if r.number == wanted_number]
        if not chosen:
            raise _mismatch(f"release-{wanted_number}", manifest, fitting, observed.releases)
        return ReleaseChoice(None if _runs(observed, chosen[0]) else chosen[0])
    if observed.running_graph is not None and set(observed.running_graph.head_ids) == revisions:
        return ReleaseChoice(None)
    if not observed.running_containers and not observed.releases:
        return ReleaseChoice(None)
    if not fitting:
        running = observed.current_release.name if observed.current_release else "what runs"
        raise _mismatch(running, manifest, fitting, observed.releases)
    beside = [r for r in fitting if r.number == manifest.occasion.release_number]
    return ReleaseChoice((beside or fitting)[0])


def _runs(observed: Observed, release: Release) -> bool:
    running = observed.running_image
    return running is not None and running.image_id == release.image.image_id


def _mismatch(
    name: str, manifest: Manifest, fitting: Sequence[Release], releases: Sequence[Release]
) -> BlockedError:
    at = ", ".join(manifest.content.revision_ids) or "no revision"
    kept = [r for r in releases if r.state is ReleaseState.GOOD]
    choices = ", ".join(f"{r.name} (at {', '.join(r.head_ids) or 'no revision'})" for r in kept) or "none is kept"
    hint = f"--release {fitting[0].number}" if fitting else (
        "--keep-down restores it and leaves the maintenance page on, so that you can then deploy an image that knows "
        "the revision; or choose another backup (./scripts/deploy.sh backup list), or restore elsewhere with --to-url"
    )
    return BlockedError(
        f"the backup is at {at}, which {name} cannot serve; releases: {choices}", hint=hint,
        reference="no-release-for-backup",
    )
