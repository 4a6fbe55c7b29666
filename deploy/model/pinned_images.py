"""Images of services that belong to a release and do not run the application's: pinned by id, kept with the release.

They stand in the compose file that is kept for the release, as the services' images and, with what a person calls
them, under a key of the tool's own, which Compose ignores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.model.planned_step import Saved

# https://docs.docker.com/reference/compose-file/extension/
IMAGES_KEY = "x-surefoot-images"


@dataclass(frozen=True, kw_only=True)
class PinnedImage(Saved):
    """One image of one service.

    Attributes:
        service: whose it is.
        image_id: `sha256:…`.
        reference: what the compose file calls it; its repository bears the release's tag.
        digest: what to pull it by where it is gone; empty where no registry gave one.
    """

    service: str
    image_id: str
    reference: str
    digest: str

    def tag(self, release: str) -> str:
        """The name that keeps it on this machine: several services may share a repository."""
        return f"{repository_of(self.reference)}:{release}-{self.service}"


def repository_of(reference: str) -> str:
    """A reference without its tag and digest: `ghcr.io/acme/shop`, `localhost:5000/shop`."""
    name = reference.partition("@")[0]
    head, colon, tail = name.rpartition(":")
    return head if colon and "/" not in tail else name


def with_pinned_images(config: Mapping[str, Any], images: Mapping[str, PinnedImage]) -> dict[str, Any]:
    """A rendered compose file whose services run exactly these."""
    if not images:
        return dict(config)
    services = {
        name: {**service, "image": images[name].image_id} if name in images else service
        for name, service in (config.get("services") or {}).items()
    }
    told = {
        name: {"image_id": image.image_id, "reference": image.reference, "digest": image.digest}
        for name, image in images.items()
    }
    return {**config, "services": services, IMAGES_KEY: told}


def pinned_images(config: Mapping[str, Any]) -> dict[str, PinnedImage]:
    """Those of a kept file; none where an older version of this tool kept it."""
    return {name: PinnedImage(service=name, **told) for name, told in (config.get(IMAGES_KEY) or {}).items()}


def as_the_file_names_them(config: Mapping[str, Any]) -> dict[str, Any]:
    """The services of a kept file with the references that the project's own file had."""
    images = pinned_images(config)
    return {
        name: {**service, "image": images[name].reference} if name in images else service
        for name, service in (config.get("services") or {}).items()
    }
