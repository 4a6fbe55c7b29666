"""Releases that production went away from, in words and as JSON."""

from __future__ import annotations

from typing import Any

from deploy.model.releases import Release


def say_left(release: Release) -> str:
    """Since when, and because of what; empty where it was not left."""
    left = release.left
    return f"{left.because} ({left.at:%Y-%m-%d %H:%M} UTC)" if left else ""


def left_to_json(release: Release) -> dict[str, Any]:
    """The same."""
    left = release.left
    return {"release": release.name, "image_id": release.image.image_id} | (
        {"at": left.at, "because": left.because} if left else {}
    )
