"""What waits for `deploy contract`, and when it may run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.model.errors import EXIT_BLOCKED, BlockedError
from deploy.model.releases import Image, Release, ReleaseState, Revision, RevisionGraph
from deploy.planning.hold_contract import gate_contract, held_back, hold, releases_that_need, without
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_observed import fake_observed


def graph(*revisions: tuple[str, str]) -> RevisionGraph:
    """A line of (id, phase)."""
    ids = [name for name, _ in revisions]
    made = tuple(
        Revision(name, (ids[place - 1],) if place else (), "", "", phase=phase)
        for place, (name, phase) in enumerate(revisions)
    )
    return RevisionGraph(made, (ids[-1],))


LINE = graph(("r1", ""), ("r2", "expand"), ("r3", "contract"), ("r4", ""))


def release(number: int, state: ReleaseState = ReleaseState.GOOD) -> Release:
    return Release(number, Image(f"sha256:{number}", "", None, 1), (), state, "d1", AT)


def test_a_contract_revision_waits_with_everything_that_stands_on_it() -> None:
    held = held_back(LINE, ["r1"])

    assert held.revision_ids == ("r3", "r4")
    assert without(LINE, held).head_ids == ("r2",)


def test_what_was_applied_is_not_held_back() -> None:
    assert held_back(LINE, ["r3"]).revision_ids == ()
    assert held_back(LINE, ["r4"]).revision_ids == ()


def test_a_deployment_plans_without_it_and_says_what_it_is() -> None:
    observed = hold(replace(fake_observed(graph=LINE), database=FakeDatabase("r1").state))

    assert observed.graph is not None
    assert observed.graph.head_ids == ("r2",)
    assert observed.held_revision_ids == ("r3", "r4")
    assert [r.revision_id for r in observed.graph.pending(("r1",))] == ["r2"]


def test_an_empty_database_gets_everything() -> None:
    observed = replace(fake_observed(graph=LINE), database=FakeDatabase().state)

    assert hold(observed) == observed


def test_a_database_that_the_image_does_not_know_is_left_to_the_gate() -> None:
    observed = replace(fake_observed(graph=LINE), database=FakeDatabase("rx").state)

    assert hold(observed) == observed


def test_a_kept_release_from_before_needs_what_would_go() -> None:
    older, current, bad = release(1), release(2), release(3, ReleaseState.BAD)
    old_graph = graph(("r1", ""), ("r2", "expand"))
    kept = [(older, old_graph), (current, LINE), (bad, old_graph)]

    assert releases_that_need(held_back(LINE, ["r2"]), kept, 2) == (older,)
    assert releases_that_need(held_back(LINE, ["r2"]), [(older, None)], 2) == (older,)
    assert releases_that_need(held_back(LINE, ["r2"]), [(older, LINE)], 2) == ()


def test_the_gate_lets_pass_what_nobody_needs_or_what_is_given_up() -> None:
    held = held_back(LINE, ["r2"])

    gate_contract(held, (), gives_up_rollback=False)
    gate_contract(held, (release(1),), gives_up_rollback=True)
    for needing, reference in (((release(1),), "contract-still-needed"), ((), "nothing-held-back")):
        with pytest.raises(BlockedError) as caught:
            gate_contract(held if needing else held_back(LINE, ["r4"]), needing, gives_up_rollback=False)
        assert (caught.value.reference, caught.value.exit_code) == (reference, EXIT_BLOCKED)
