"""Whatever differs between a manifest and what came back is told, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.checks.restored_content import content_problems
from deploy.model.backups import DatabaseContent, SequenceValue, TableContent

ORIGINAL = DatabaseContent(
    revision_ids=("a1", "b2"),
    tables=(TableContent("public.orders", 3, "77"), TableContent("public.lines", 1000, None)),
    sequences=(SequenceValue("public.up", 10, True, 1), SequenceValue("public.down", -10, True, -1)),
    extensions=("citext 1.6",), large_objects=2, invalid_indexes=("orders_broken",),
    unvalidated_constraints=("public.orders.positive",), left_out=("public.far_away",),
)
ORDERS, LINES = ORIGINAL.tables
UP, DOWN = ORIGINAL.sequences


def problems(**changes: object) -> tuple[str, ...]:
    return content_problems(ORIGINAL, replace(ORIGINAL, **changes))


def test_the_same_has_no_problem():
    assert content_problems(ORIGINAL, ORIGINAL) == ()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"revision_ids": ("a1",)}, "b2"),
        ({"revision_ids": ()}, "a1, b2"),
        ({"tables": (ORDERS,)}, "public.lines"),
        ({"tables": (*ORIGINAL.tables, TableContent("public.more", 0, None))}, "public.more"),
        ({"tables": (replace(ORDERS, rows=2), LINES)}, "public.orders"),
        ({"tables": (replace(ORDERS, content_hash="78"), LINES)}, "public.orders"),
        ({"tables": (ORDERS, replace(LINES, rows=1001))}, "public.lines"),
        ({"sequences": (UP,)}, "public.down"),
        ({"sequences": (*ORIGINAL.sequences, SequenceValue("public.more", 1, False))}, "public.more"),
        ({"sequences": (replace(UP, last_value=9), DOWN)}, "public.up"),
        ({"sequences": (UP, replace(DOWN, last_value=-9))}, "public.down"),
        ({"sequences": (replace(UP, is_called=False), DOWN)}, "public.up"),
        ({"extensions": ()}, "citext"),
        ({"extensions": ("citext 1.6", "hstore 1.8")}, "hstore"),
        ({"large_objects": 1}, "1 large objects"),
        ({"invalid_indexes": ("orders_broken", "orders_other")}, "orders_other"),
        ({"unvalidated_constraints": ("public.orders.positive", "public.orders.more")}, "public.orders.more"),
    ],
)
def test_each_difference_is_one_problem_that_names_it(changes, named):
    [problem] = problems(**changes)
    assert named in problem


@pytest.mark.parametrize(
    "changes",
    [
        {"extensions": ("citext 1.7",)},  # what this server offers
        {"sequences": (replace(UP, last_value=15), replace(DOWN, last_value=-12))},  # used while it was dumped
        {"tables": (replace(ORDERS, content_hash=None), LINES)},  # counted only
        {"tables": (ORDERS, replace(LINES, content_hash="5"))},
        {"invalid_indexes": (), "unvalidated_constraints": ()},  # better than it was
        {"left_out": ()},
    ],
)
def test_what_may_differ_is_no_problem(changes):
    assert problems(**changes) == ()


def test_a_sequence_that_may_start_over_can_stand_anywhere():
    around = SequenceValue("public.around", 5, True, 0)
    expected = replace(ORIGINAL, sequences=(around,))
    for last_value in (1, 5, 6):
        found = replace(ORIGINAL, sequences=(replace(around, last_value=last_value),))
        assert content_problems(expected, found) == ()


def test_a_sequence_that_counts_down_through_zero_is_not_behind():
    expected = replace(ORIGINAL, sequences=(SequenceValue("s", 2, True, -1),))
    assert content_problems(expected, replace(ORIGINAL, sequences=(SequenceValue("s", -1, True, -1),))) == ()
    assert content_problems(expected, replace(ORIGINAL, sequences=(SequenceValue("s", 3, True, -1),))) != ()


def test_what_is_missing_hides_nothing_of_what_comes_after_it():
    found = problems(
        tables=(replace(LINES, rows=1),), sequences=(replace(DOWN, last_value=-9),),
        extensions=("hstore 1.8",),
    )
    starts = (
        "table public.orders ", "public.lines ", "sequence public.up ", "sequence public.down ", "extension citext ",
        "extension hstore ",
    )
    assert [line.startswith(start) for line, start in zip(found, starts, strict=True)] == [True] * len(starts)
