"""Which of several releases is gone back to, is the same one, or is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.model.deployments import (
    Actor,
    Deployment,
    DeploymentState,
    Mode,
    Plan,
)
from deploy.model.errors import BlockedError
from deploy.model.releases import Image, Leaving, Release, ReleaseState
from deploy.planning.release_identity import configuration_of, leaving, left_with_image, same_release
from deploy.planning.rollback_target import choose_target, served_order
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_observed import fake_observed

GOOD, BAD = ReleaseState.GOOD, ReleaseState.BAD
LEFT = Leaving(AT, "rolled back to release-1")
ACTOR = Actor("ann", "host", None)


def release(number: int, image: str = "", state: ReleaseState = GOOD, head: str = "r1", **changes: Any) -> Release:
    made = Release(number, Image(f"sha256:{image or number}", "r", None, 1), (head,), state, "d1", AT)
    return replace(made, **changes)


def refused(reference: str, call: Any, *arguments: Any, **named: Any) -> BlockedError:
    with pytest.raises(BlockedError) as caught:
        call(*arguments, **named)
    assert (caught.value.exit_code, caught.value.reference) == (3, reference)
    assert caught.value.hint
    return caught.value


def _ended(name: str, state: DeploymentState = DeploymentState.DONE, mode: Mode = Mode.AUTO_MIGRATE) -> Deployment:
    return Deployment("d1", Plan(mode, (), {"release": name}), state, ACTOR, AT, AT, 0, "", ())


def test_the_order_of_serving_counts_the_last_time_and_only_what_made_a_release_serve() -> None:
    order = served_order([
        _ended("a"), _ended("b", DeploymentState.UNDONE), _ended("c", mode=Mode.BACKUP_ONLY),
        _ended("d", mode=Mode.DOWNGRADE), _ended("e", mode=Mode.CONTRACT), _ended("f", mode=Mode.ROLLBACK), _ended("a"),
    ])
    assert order == {"a": 0, "f": 1}


def test_what_nobody_has_seen_serve_comes_last_and_a_lost_image_only_where_all_are_lost() -> None:
    kept = (release(9), release(3), release(2), release(1))
    assert choose_target(kept, kept[0], None, {"release-1": 0}).number == 1
    assert choose_target(kept, kept[0], None, {}).number == 3
    assert choose_target(kept, kept[0], None, {"release-3": 0}, frozenset({3})).number == 2
    assert choose_target(kept[:2], kept[0], None, {}, frozenset({3})).number == 3
    assert choose_target(kept, None, None, {}).number == 9
    assert choose_target((release(9), release(10)), release(9), 10, {}).number == 10
    refused("no-rollback-target", choose_target, (release(9), release(10)), release(9), None, {})


def test_a_refusal_lists_what_could_be_chosen_with_its_mark() -> None:
    kept = (release(3), release(2, left=LEFT), release(1, state=BAD))
    error = refused("rollback-target-was-left", choose_target, kept, kept[0], None, {})
    assert "2026-01-02 03:04 UTC" in error.what
    assert "release-3, release-2 (left: rolled back to release-1)" in error.hint
    assert "release-1 (" not in error.hint
    for number in (9, 3):
        refused("no-rollback-target", choose_target, kept, kept[0], number, {})
    assert refused("no-rollback-target", choose_target, (), None, None, {}).hint.endswith(": none")


def test_the_same_release_is_the_newest_good_one_of_this_image_and_configuration() -> None:
    def same(*releases: Release, **changes: Any) -> int | None:
        found = same_release(fake_observed(**{"releases": releases, "configuration": "c", **changes}))
        return found.number if found else None

    newer, older = release(4, "new", configuration="c"), release(2, "new", configuration="c")
    assert same(newer, older) == 4
    assert same(replace(newer, configuration="d"), older) == 2
    assert same(replace(newer, state=BAD), release(3, "x", configuration="c")) is None
    assert same(newer, image=None) is None


def test_what_is_left_goes_back_to_the_first_of_the_earlier_ones_with_the_image() -> None:
    image = Image("sha256:a", "", None, 1)
    look = fake_observed(current_release=release(5, "b"), releases=(release(6, "a"), release(5, "b"), release(4, "a"), release(2, "a")))
    left = leaving(look, image, "rolled back")
    assert left is not None
    assert (left.number, left.because) == (5, "rolled back to release-4")
    assert leaving(replace(look, current_release=None), image, "x") is None
    assert leaving(replace(look, releases=(release(6, "a"), release(5, "a"))), image, "x") is None


def test_a_mark_is_found_by_image() -> None:
    marked = release(3, "a", left=LEFT)
    assert left_with_image((release(4, "a"), release(5, "b", left=LEFT), marked, release(2, "a", left=LEFT)), "sha256:a") == marked
    assert left_with_image((release(4, "a"),), "sha256:a") is None


def test_a_fingerprint_is_of_the_whole_service_in_whatever_order() -> None:
    assert configuration_of({"a": 1, "b": 2}) == configuration_of({"b": 2, "a": 1})
    assert configuration_of({"a": 1, "b": 2}) != configuration_of({"a": 1, "b": 3})
    assert configuration_of({"a": 1, "b": [2, "x"]}) == "454597f51f0e5988", "the same for ever, or each release is another one"
    assert len(configuration_of({})) == 16
    assert configuration_of({"a": datetime(2026, 1, 1, tzinfo=UTC)})
