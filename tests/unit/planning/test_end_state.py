"""What differs between a beginning and an end: each thing that is less or other is told, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.model.end_state import ProductionState, SeenContainer
from deploy.model.production import NotKnown
from deploy.planning.end_state import PARTS, differences, not_known, not_seen_before, serves_less, words_of

SILENT = NotKnown("it does not answer")


def app(number: int, release: str = "release-1", image: str = "sha256:aaaaaaaaaaaaaaaa", **changes: bool) -> SeenContainer:
    fields = {"is_running": True, "is_serving": True, **changes}
    return SeenContainer(f"c{number}", f"shop-app-{number}", image, release, **fields)


def edge(**changes: bool) -> SeenContainer:
    return app(9, "", "sha256:eeeeeeeeeeeeeeee", **changes)


STATE = ProductionState(
    app=(app(1), app(2)), edge=(edge(),), sent_to=2, has_page=False, tags={"shop:latest": "sha256:aaaaaaaaaaaaaaaa"},
    revision_ids=("r1", "r2"), schema=("table a", "table b"), release_number=1,
)
STOPPED: dict[str, bool] = {"is_running": False, "is_serving": False}
SICK = {"is_serving": False}


def told(**changes: Any) -> tuple[str, ...]:
    return differences(STATE, replace(STATE, **changes))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"app": (app(1),)}, ("1 container of release-1 (aaaaaaaaa", "2 ran")),
        ({"app": ()}, ("no container of release-1", "2 ran")),
        ({"app": (app(1), app(2), app(3))}, ("3 containers of release-1", "2 ran")),
        ({"app": (app(1), app(2, **STOPPED))}, ("1 container of", "run")),
        ({"app": (app(1), app(2, **SICK))}, ("1 container of", "healthy", "2 were")),
        ({"edge": ()}, ("no container of the edge", "1 ran")),
        ({"edge": (edge(**SICK),)}, ("no container of the edge", "healthy")),
        ({"sent_to": 1}, ("1 container", "2")),
        ({"has_page": True}, ("is on", "was off")),
        ({"tags": {}}, ("shop:latest names nothing", "named aaaaaaaaa")),
        ({"tags": {"shop:latest": "sha256:bbbbbbbbbbbbbbbb"}}, ("names bbbbbbbbb", "named aaaaaaaaa")),
        ({"revision_ids": ("r1",)}, ("at r1", "was at r1, r2")),
        ({"revision_ids": ()}, ("no revision",)),
        ({"schema": ("table a",)}, ("table b is gone",)),
        ({"schema": ("table a", "table b", "table c")}, ("table c is there",)),
        ({"release_number": 2}, ("release-2", "release-1")),
        ({"release_number": None}, ("no release",)),
    ],
)
def test_each_thing_that_is_not_as_it_was_is_one_sentence(changes: dict[str, Any], named: tuple[str, ...]) -> None:
    [line] = told(**changes)
    assert [part in line for part in named] == [True] * len(named)


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"app": (app(7), app(8))}, {"app": (app(1), app(2), app(3, "release-2", **STOPPED))}, {"sent_to": 3},
        {"revision_ids": ("r2", "r1")}, {"schema": ("table b", "table a")},
        {"tags": {"shop:latest": "sha256:aaaaaaaaaaaaaaaa", "shop:other": "sha256:b"}},
    ],
)
def test_other_containers_of_the_same_release_more_requests_and_another_order_are_no_difference(changes: dict[str, Any]) -> None:
    assert told(**changes) == ()


def test_a_release_in_place_of_another_is_two_differences_and_without_a_name_it_is_called_so() -> None:
    first, second = told(app=(app(1, "release-2"), app(2, "release-2")))
    assert "no container of release-1" in first
    assert "2 containers of release-2" in second
    [line] = told(app=(app(1), app(2), app(3, "")))
    assert "without a release" in line


def test_more_that_serve_than_before_is_no_fault() -> None:
    before = replace(STATE, app=(app(1), app(2, **SICK)), edge=(edge(**SICK),))
    assert differences(before, STATE) == ()
    assert len(differences(STATE, before)) == 2


def test_an_image_is_named_by_its_first_twelve_digits() -> None:
    before = replace(STATE, tags={"a": "sha256:0123456789abcdef"})
    [line] = differences(before, replace(STATE, tags={"a": "sha256:fedcba9876543210"}))
    assert line == "a names fedcba987654, named 0123456789ab"


def test_a_release_is_named_with_the_first_twelve_digits_of_its_image() -> None:
    [line] = told(app=(app(1),))
    assert f"({'a' * 12})" in line


def test_several_tags_and_objects_are_told_each() -> None:
    before = replace(STATE, tags={"a": "sha256:1", "b": None})
    assert len(differences(before, replace(STATE, tags={"a": None, "b": "sha256:2"}))) == 2
    assert len(told(schema=("table c", "table d"))) == 4
    assert told(schema=("table d", "table c"))[0].startswith("table c")


@pytest.mark.parametrize("name", PARTS)
def test_what_is_not_known_on_either_side_is_not_compared_and_told_on_its_own(name: str) -> None:
    silent = replace(STATE, **{name: SILENT})  # type: ignore[arg-type]
    assert differences(STATE, silent) == differences(silent, STATE) == ()
    [line] = not_known(STATE, silent)
    assert (PARTS[name] in line, SILENT.why in line) == (True, True)
    assert not_known(silent, silent) == not_known(STATE, STATE) == not_known(silent, STATE) == ()
    [line] = not_seen_before(silent)
    assert (PARTS[name] in line, SILENT.why in line) == (True, True)
    assert not_seen_before(STATE) == ()


def test_a_part_that_something_better_compares_is_left_out() -> None:
    now = replace(STATE, schema=(), has_page=True)
    assert len(differences(STATE, now)) == 3
    assert len(differences(STATE, now, ("schema",))) == 1
    assert differences(STATE, now, ("schema", "has_page")) == ()


@pytest.mark.parametrize(
    ("changes", "is_less"),
    [
        ({}, False), ({"app": (app(1),)}, True), ({"app": (app(1), app(2, **SICK))}, True),
        ({"app": (app(1), app(2), app(3))}, False), ({"app": (app(1), app(2, "release-2"))}, True),
        ({"app": SILENT}, True), ({"edge": ()}, True), ({"edge": (edge(**SICK),)}, True), ({"edge": SILENT}, False),
        ({"edge": (edge(), edge())}, False), ({"sent_to": 1}, True), ({"sent_to": 3}, False), ({"sent_to": SILENT}, True),
        ({"has_page": True}, False),
    ],
)
def test_what_serves_less_than_before_may_be_waited_for(changes: dict[str, Any], is_less: bool) -> None:
    assert serves_less(STATE, replace(STATE, **changes)) is is_less


@pytest.mark.parametrize(
    ("before", "now", "is_less"),
    [
        ({"app": SILENT}, {"app": ()}, False), ({"app": SILENT}, {"app": SILENT}, True),
        ({"sent_to": SILENT}, {"sent_to": 0}, False), ({"sent_to": SILENT}, {"sent_to": SILENT}, False),
        ({"edge": SILENT}, {"edge": ()}, False),
    ],
)
def test_what_was_not_seen_before_cannot_be_less(before: dict[str, Any], now: dict[str, Any], is_less: bool) -> None:
    assert serves_less(replace(STATE, **before), replace(STATE, **now)) is is_less


def test_what_is_seen_is_said_in_one_line() -> None:
    assert words_of(STATE) == "release-1 serves (2 containers), the edge sends it requests, the database is at r1, r2"
    mixed = replace(STATE, app=(app(1, "release-2"), app(2), app(3, "release-3", **SICK), app(4, "")), sent_to=0)
    parts = words_of(mixed).split(", ")
    assert parts[:2] == ["release-1 serves (1 container)", "release-2 serves (1 container)"]
    assert "the application serves (1 container)" in parts
    assert "release-3" not in words_of(mixed)
    assert "edge" not in words_of(mixed)
    assert words_of(replace(STATE, app=(app(1, **SICK),), sent_to=SILENT, revision_ids=())).startswith("no application serves")
    assert words_of(replace(STATE, app=SILENT, sent_to=SILENT, revision_ids=SILENT)) == ""
