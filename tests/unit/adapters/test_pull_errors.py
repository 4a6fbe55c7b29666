"""What a registry said, in the operator's words, with the login that helps."""

from __future__ import annotations

import pytest

from deploy.adapters.images import _pull_error


@pytest.mark.parametrize(("reference", "said", "kind", "hint"), [
    ("shop:1", "pull access denied for shop, repository does not exist or may require 'docker login'",
     "image-not-found", "(docker login)"),
    ("acme/shop:1", "denied: requested access to the resource is denied", "image-denied", "docker login"),
    ("ghcr.io/acme/shop:1", "unauthorized: authentication required", "image-denied", "docker login ghcr.io"),
    ("127.0.0.1:5000/shop:1", "unauthorized", "image-denied", "docker login 127.0.0.1:5000"),
    ("ghcr.io/acme/shop:1", "manifest unknown", "image-not-found", "or push it first"),
    ("ghcr.io/acme/shop:1", "toomanyrequests: rate limit", "registry-unreachable", "when its registry answers"),
])
def test_a_pull_that_fails_names_the_cause_and_the_login_of_that_registry(
    reference: str, said: str, kind: str, hint: str
) -> None:
    error = _pull_error(reference, said)
    assert (error.reference, hint in error.hint) == (kind, True), error.hint
    assert not error.hint.endswith(" acme")


def test_what_is_not_known_is_said_in_the_registrys_words_and_not_as_silence() -> None:
    assert "rate limit" in _pull_error("ghcr.io/acme/shop:1", "toomanyrequests: rate limit").what
    assert "does not answer" not in _pull_error("ghcr.io/acme/shop:1", "toomanyrequests: rate limit").what
