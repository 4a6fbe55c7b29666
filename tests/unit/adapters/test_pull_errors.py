"""What engines said when a pull failed (20.10 and 28), and what an operator is told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from deploy.adapters.images import DockerImages
from deploy.model.errors import BlockedError, DeployError

SAID = [
    ("manifest for h:5000/shop:9 not found: manifest unknown: manifest unknown", "image-not-found"),
    ("pull access denied for shop, repository does not exist or may require 'docker login'", "image-not-found"),
    ("unauthorized: authentication required", "image-denied"),
    ("denied: permission_denied: read_package", "image-denied"),
    ("Get https://h:5000/v2/: dial tcp 127.0.0.1:5000: connect: connection refused", "registry-unreachable"),
    ("Get https://h:5000/v2/: dial tcp: lookup h on 10.0.0.1:53: no such host", "registry-unreachable"),
    ("net/http: request canceled while waiting for connection (Client.Timeout exceeded)", "registry-unreachable"),
    ("x509: certificate signed by unknown authority", "registry-unreachable"),
    ("failed to register layer: write /usr/lib/x: no space left on device", "disk-full"),
]


def images_that_say(*events):
    api = SimpleNamespace(pull=lambda *_args, **_options: iter(events))
    return DockerImages(SimpleNamespace(api=api))


@pytest.mark.parametrize(("said", "reference"), SAID)
def test_an_error_of_the_pull_names_the_image_and_its_kind(said, reference):
    with pytest.raises(BlockedError) as caught:
        images_that_say({"status": "Pulling"}, {"error": said}).pull("h:5000/shop:9", print)
    assert caught.value.reference == reference
    assert "h:5000/shop:9" in caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize(
    ("reference", "asked"),
    [
        ("shop", ("shop", "latest")),
        ("h:5000/shop", ("h:5000/shop", "latest")),
        ("h:5000/shop:9", ("h:5000/shop", "9")),
        (f"h:5000/shop@sha256:{'a' * 64}", ("h:5000/shop", f"sha256:{'a' * 64}")),
    ],
)
def test_what_the_engine_is_asked_for(reference, asked):
    seen = []

    def pull(name, *, tag, **_options):
        seen.append((name, tag))
        return iter([{"error": "manifest unknown"}])

    with pytest.raises(DeployError):
        DockerImages(SimpleNamespace(api=SimpleNamespace(pull=pull))).pull(reference, print)
    assert seen == [asked]


def test_an_engine_that_dies_while_it_pulls_is_an_error_not_a_traceback():
    from urllib3.exceptions import ProtocolError

    def broken():
        yield {"status": "Downloading"}
        raise ProtocolError("Connection broken: IncompleteRead(0 bytes read)")

    images = DockerImages(SimpleNamespace(api=SimpleNamespace(pull=lambda *_a, **_o: broken())))
    with pytest.raises(DeployError):
        images.pull("h:5000/shop:9", print)


def test_the_digest_of_an_image_that_two_projects_name_is_this_projects_in_whatever_order_the_engine_lists_them() -> None:
    theirs, ours = f"ghcr.io/acme/another@sha256:{'a' * 64}", f"ghcr.io/acme/shop@sha256:{'b' * 64}"
    for digests in ([theirs, ours], [ours, theirs]):
        raw = {"Id": "sha256:1", "Size": 1, "RepoDigests": digests}
        api = SimpleNamespace(inspect_image=lambda _reference, raw=raw: raw)
        found = DockerImages(SimpleNamespace(api=api), "ghcr.io/acme/shop").find("sha256:1")
        assert found is not None
        assert found.digest == ours
