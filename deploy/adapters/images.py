"""Images and tags, through the Docker SDK."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import docker
from docker.errors import APIError, ImageNotFound, NotFound

from deploy.adapters.engine import translated
from deploy.model.errors import BlockedError
from deploy.model.releases import Image

SAY_EVERY_SECONDS = 5.0


class DockerImages:
    """The engine's image store, and the registries behind it.

    Args:
        repository: the project's own; of an image that several repositories name, its digest is the one that counts.
    """

    def __init__(self, client: docker.DockerClient, repository: str = "") -> None:
        self._client = client
        self._repository = repository

    def pull(self, reference: str, say: Callable[[str], None]) -> Image:
        """Pull; the error names the reference and what was wrong with it."""
        name, tag = _split(reference)
        with translated():
            try:
                said = time.monotonic()
                for event in self._client.api.pull(name, tag=tag, stream=True, decode=True):
                    if "error" in event:
                        raise _pull_error(reference, str(event["error"]))
                    if time.monotonic() - said > SAY_EVERY_SECONDS:
                        said = time.monotonic()
                        say(f"pulling {reference}: {event.get('status', '')} {event.get('progress', '')}".rstrip())
            except APIError as error:
                raise _pull_error(reference, str(error.explanation or error)) from None
        image = self.find(reference)
        if image is None:
            raise _pull_error(reference, "the engine does not have it after the pull")
        return image

    def find(self, reference: str) -> Image | None:
        """The local image, or None."""
        with translated():
            try:
                raw = self._client.api.inspect_image(reference)  # type: ignore[no-untyped-call]
            except (ImageNotFound, NotFound):
                return None
            except APIError as error:
                if "invalid reference" in str(error.explanation):
                    raise _pull_error(reference, "it is not a valid image reference") from None
                raise
        return _image(reference, raw, self._repository)

    def start_words(self, image_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What a container of it starts, where nothing else is said."""
        with translated():
            try:
                raw = self._client.api.inspect_image(image_id)  # type: ignore[no-untyped-call]
            except (ImageNotFound, NotFound):
                return (), ()
        config = raw.get("Config") or {}
        return tuple(config.get("Entrypoint") or ()), tuple(config.get("Cmd") or ())

    def tag(self, image_id: str, reference: str) -> None:
        """Give a name."""
        name, tag = _split(reference)
        with translated():
            self._client.api.tag(image_id, name, tag, force=True)

    def tags(self, repository: str) -> Mapping[str, Image]:
        """Tag -> image."""
        with translated():
            rows = self._client.api.images(name=repository)
        names = {name for row in rows for name in row.get("RepoTags") or () if name.startswith(f"{repository}:")}
        found = {name.rpartition(":")[2]: self.find(name) for name in sorted(names)}
        return {tag: image for tag, image in found.items() if image is not None}

    def untag(self, reference: str) -> None:
        """Take a name away; `force`, because a stopped container may still use the image by its last name.

        Raises:
            StepFailed: it is the last name of an image that runs.
        """
        with translated():
            try:
                self._client.api.remove_image(reference, force=True, noprune=False)
            except (ImageNotFound, NotFound):
                return


def _split(reference: str) -> tuple[str, str | None]:
    """Name and tag; `repo@sha256:…` keeps its digest as the tag, as the API wants it."""
    if "@" in reference:
        name, _, digest = reference.partition("@")
        return name, digest
    head, _, last = reference.rpartition("/")
    name, _, tag = last.partition(":")
    return (f"{head}/{name}" if head else name), tag or "latest"


def _image(reference: str, raw: Mapping[str, Any], own_repository: str) -> Image:
    """The engine lists the digests in no order, and those of other projects too: theirs must not come and go here."""
    digests = sorted(raw.get("RepoDigests") or [])
    named, own = (
        [digest for digest in digests if digest.startswith(f"{repository}@")]
        for repository in (_split(reference)[0], own_repository)
    )
    return Image(
        image_id=raw["Id"], reference=reference, digest=next(iter(named or own or digests), None),
        size_bytes=raw["Size"],
    )


def _pull_error(reference: str, said: str) -> BlockedError:
    low = said.lower()
    if "no space left" in low:
        return BlockedError(
            f"the disk is full: {reference} could not be pulled", hint="docker system df", reference="disk-full"
        )
    login = f"docker login {_host_of(reference)}".rstrip()
    if any(word in low for word in ("not found", "manifest unknown", "does not exist", "not a valid")):
        # Docker Hub says the same of a private image to who is not logged in.
        private = f", or log in, if it is private ({login})" if "may require" in low else ""
        return BlockedError(
            f"the image {reference} does not exist{' or is private' if private else ''}",
            hint=f"check the name and tag, or push it first{private}", reference="image-not-found",
        )
    if any(word in low for word in ("denied", "unauthorized", "authentication")):
        return BlockedError(f"the registry does not let us pull {reference}", hint=login, reference="image-denied")
    return BlockedError(
        f"{reference} could not be pulled: {said}", hint="try again when its registry answers",
        reference="registry-unreachable",
    )


def _host_of(reference: str) -> str:
    """The registry's host; empty for Docker Hub, whose names begin with an owner."""
    first, slash, _ = reference.partition("/")
    return first if slash and (first == "localhost" or any(sign in first for sign in ".:")) else ""
