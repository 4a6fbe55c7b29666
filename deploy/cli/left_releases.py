"""Releases that production went away from, in words and as JSON."""

from __future__ import annotations

from deploy.cli.documents.deployments import LeftFacts
from deploy.model.releases import Release


def say_left(release: Release) -> str:
    """Since when, and because of what; empty where it was not left."""
    left = release.left
    return f"{left.because} ({left.at:%Y-%m-%d %H:%M} UTC)" if left else ""


def left_to_json(release: Release) -> LeftFacts:
    """The same."""
    found: LeftFacts = {"release": release.name, "image_id": release.image.image_id}
    if release.left:
        found["at"], found["because"] = release.left.at, release.left.because
    return found
