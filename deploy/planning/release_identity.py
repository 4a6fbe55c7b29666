"""Which release an image is, and which one is left when production goes back. Pure.

The same image with the same compose service is the same release: it gets no new number, so that deploying it again
does not push the ways back out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from deploy.model.observed import Observed
from deploy.model.releases import Image, Release, ReleaseState, release_name
from deploy.steps.promote_release import LeftRelease

FINGERPRINT_DIGITS = 16


def configuration_of(services: Mapping[str, Mapping[str, Any]]) -> str:
    """Fingerprint of a release's rendered compose services; their values themselves are kept nowhere.

    One service alone is as it was before background services were known: older releases keep their fingerprint.
    """
    content = next(iter(services.values())) if len(services) == 1 else services
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:FINGERPRINT_DIGITS]


def same_release(observed: Observed) -> Release | None:
    """The kept good release that already is this image with this configuration; the newest of several."""
    if observed.image is None or not observed.configuration:
        return None
    return next(
        (
            release for release in observed.releases
            if release.state is ReleaseState.GOOD and release.image.image_id == observed.image.image_id
            and release.configuration == observed.configuration
        ),
        None,
    )


def leaving(observed: Observed, image: Image, how: str) -> LeftRelease | None:
    """The current release, where this image is that of an earlier one: production goes back.

    Args:
        how: `rolled back`, or what else was done.

    Returns:
        Its number, and because of what it is left; None where production goes forward, or stays.
    """
    current = observed.current_release
    if current is None or current.image.image_id == image.image_id:
        return None
    before = [
        release for release in observed.releases
        if release.number < current.number and release.image.image_id == image.image_id
    ]
    if not before:
        return None
    return LeftRelease(number=current.number, because=f"{how} to {release_name(before[0].number)}")


def left_with_image(releases: Sequence[Release], image_id: str) -> Release | None:
    """The release of this image that production went away from, the newest of several."""
    return next((r for r in releases if r.left is not None and r.image.image_id == image_id), None)
