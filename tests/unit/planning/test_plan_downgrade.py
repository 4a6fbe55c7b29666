"""Which revisions are taken back, by whom, and when it may not be."""

from __future__ import annotations

import pytest

from deploy.model.errors import BlockedError
from deploy.model.releases import Image, Release, ReleaseState, Revision, RevisionGraph
from deploy.planning.plan_downgrade import gate_downgrade, plan_downgrade, resolve_target, revisions_back
from deploy.steps.downgrade_database import DowngradeDatabase
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import fake_settings
from tests.fakes.planned_steps import last_of

RUNNING = Image("sha256:old", "example/shop:old", None, 1)
GRAPH = linear_graph("r1", "r2", "r3")
BRANCHED = RevisionGraph(
    (
        Revision("a", (), "", ""), Revision("b1", ("a",), "", ""), Revision("b2", ("a",), "", ""),
        Revision("c", ("b1", "b2"), "", ""),
    ),
    ("c",),
)


def ids(graph: RevisionGraph, at: tuple[str, ...], to: tuple[str, ...]) -> list[str]:
    return [revision.revision_id for revision in revisions_back(graph, at, to)]


def test_the_newest_is_taken_back_first() -> None:
    assert ids(GRAPH, ("r3",), ("r1",)) == ["r3", "r2"]
    assert ids(GRAPH, ("r2",), ()) == ["r2", "r1"]


def test_a_merge_goes_before_its_branches() -> None:
    back = ids(BRANCHED, ("c",), ("a",))
    assert back[0] == "c"
    assert set(back) == {"c", "b1", "b2"}


@pytest.mark.parametrize(("at", "to"), [(("r1",), ("r2",)), (("r2",), ("r2",))])
def test_what_is_not_above_the_target_is_refused(at: tuple[str, ...], to: tuple[str, ...]) -> None:
    with pytest.raises(BlockedError) as caught:
        revisions_back(GRAPH, at, to)
    assert caught.value.reference == "nothing-to-downgrade"


def test_a_target_is_a_whole_id_the_beginning_of_one_or_base() -> None:
    graph = linear_graph("abc1", "abd2", "x3")
    assert resolve_target(graph, "abd2") == ("abd2",)
    assert resolve_target(graph, "x") == ("x3",)
    assert resolve_target(graph, "base") == ()
    for word in ("ab", "nothing", "-1"):
        with pytest.raises(BlockedError):
            resolve_target(graph, word)


def test_a_release_that_needs_the_newer_schema_is_rolled_back_first() -> None:
    fitting = Release(4, RUNNING, ("r1",), ReleaseState.GOOD, "d1", AT)
    look = fake_observed(running_image=RUNNING, running_graph=linear_graph("r1", "r2"), releases=(fitting,))
    with pytest.raises(BlockedError) as caught:
        gate_downgrade(look, ("r1",))
    assert "rollback --to release-4" in caught.value.hint
    gate_downgrade(fake_observed(running_image=RUNNING, running_graph=linear_graph("r1")), ("r1",))
    gate_downgrade(fake_observed(), ("r1",))


def test_a_backup_comes_first_and_the_image_that_knows_the_revision_runs() -> None:
    look = fake_observed(
        running_image=RUNNING, running_graph=linear_graph("r1"), database=FakeDatabase("r2").state
    )
    newer = Image("sha256:newer", "example/shop:newer", None, 1)
    made = plan_downgrade(fake_settings(), look, newer, ("r1",), revisions_back(GRAPH, ("r2",), ("r1",)), "high")
    assert [step.name for step in made.steps] == ["back-up-database", "downgrade-database", "check-health"]
    downgrade = last_of(made, DowngradeDatabase)
    assert downgrade.image_id == "sha256:newer"
    assert downgrade.command[-2:] == ("downgrade", "r1")
    assert (downgrade.from_ids, downgrade.target_ids) == (("r2",), ("r1",))
