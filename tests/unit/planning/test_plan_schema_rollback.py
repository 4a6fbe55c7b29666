"""Back to an older release with its schema: as little as possible, in one plan with one point of no return."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.model.deployments import Mode
from deploy.model.errors import BlockedError
from deploy.model.planned_step import UndoKind
from deploy.model.releases import Image, Release, ReleaseState, Revision, RevisionGraph, RevisionKind
from deploy.planning.plan_downgrade import gate_downgrade
from deploy.planning.plan_schema_rollback import plan_schema_rollback, schema_way
from deploy.steps.downgrade_database import DowngradeDatabase
from deploy.steps.promote_release import LeftRelease, PromoteRelease
from tests.fakes.fake_database import FakeDatabase
from tests.fakes.fake_ledger import AT
from tests.fakes.fake_migrations import linear_graph
from tests.fakes.fake_observed import fake_observed
from tests.fakes.fake_world import fake_settings
from tests.fakes.planned_steps import last_of

OLD, NEW = Image("sha256:old", "r", None, 1), Image("sha256:new", "r", None, 1)
TARGET = Release(1, OLD, ("r1",), ReleaseState.GOOD, "d1", AT)
CURRENT = Release(2, NEW, ("r3",), ReleaseState.GOOD, "d2", AT)
GRAPH = linear_graph("r1", "r2", "r3")
EXPAND, CONTRACT = RevisionKind.EXPAND, RevisionKind.CONTRACT


def way(kinds: dict[str, RevisionKind], at: tuple[str, ...] = ("r3",), graph: RevisionGraph = GRAPH) -> Any:
    found = schema_way(graph, at, TARGET, linear_graph("r1"), kinds)
    return [r.revision_id for r in found.taken_back], found.target_ids


def test_what_only_adds_since_the_older_release_stays() -> None:
    assert way({"r2": EXPAND, "r3": CONTRACT}) == (["r3"], ("r2",))


@pytest.mark.parametrize("kinds", [{"r2": CONTRACT, "r3": EXPAND}, {"r2": CONTRACT, "r3": CONTRACT}, {"r3": CONTRACT}])
def test_what_takes_away_or_was_never_judged_goes(kinds: dict[str, RevisionKind]) -> None:
    assert way(kinds) == (["r3", "r2"], ("r1",))


def test_a_merge_goes_whole() -> None:
    merged = RevisionGraph(
        (
            Revision("r1", (), "", ""), Revision("a", ("r1",), "", ""), Revision("b", ("r1",), "", ""),
            Revision("r3", ("a", "b"), "", ""),
        ), ("r3",),
    )
    taken, target = way({"a": EXPAND, "b": EXPAND, "r3": CONTRACT}, graph=merged)
    assert set(taken) == {"r3", "a", "b"}
    assert target == ("r1",)


def test_where_nothing_must_go_the_plain_rollback_is_named() -> None:
    with pytest.raises(BlockedError) as caught:
        way({}, at=("r1",))
    assert caught.value.reference == "nothing-to-downgrade"
    assert caught.value.hint.endswith("rollback --to 1")


def look(**changes: Any) -> Any:
    return fake_observed(
        image=None, graph=None, running_image=NEW, running_graph=GRAPH, current_release=CURRENT,
        releases=(CURRENT, TARGET), database=FakeDatabase("r3").state, **changes,
    )


def plan(observed: Any) -> Any:
    found = schema_way(GRAPH, ("r3",), TARGET, linear_graph("r1"), {"r3": CONTRACT})
    return plan_schema_rollback(fake_settings(), observed, TARGET, OLD, NEW, found, "very high")


def test_nobody_is_served_between_and_one_step_cannot_be_taken_back() -> None:
    made = plan(look())
    assert made.mode is Mode.ROLLBACK
    assert [step.name for step in made.steps] == [
        "begin-maintenance", "switch-containers", "back-up-database", "tag-for-rollback", "downgrade-database",
        "switch-containers", "check-health", "promote-release", "end-maintenance",
    ]
    assert [s.name for s in made.steps if s.undo_kind is UndoKind.POINT_OF_NO_RETURN] == ["downgrade-database"]
    downgrade = last_of(made, DowngradeDatabase)
    assert downgrade.image_id == "sha256:new", "the image that knows the revisions"
    assert downgrade.command[-1] == "r1"
    left = last_of(made, PromoteRelease).left
    assert left == LeftRelease(number=2, because="rolled back with its schema to release-1")


def test_a_page_that_was_on_stays_on_and_that_is_said() -> None:
    made = plan(look(has_page=True))
    assert made.steps[-1].name == "promote-release"
    assert any("maintenance off" in warning for warning in made.warnings)


def test_downgrade_names_the_command_that_goes_back_with_both() -> None:
    with pytest.raises(BlockedError) as caught:
        gate_downgrade(look(known_graphs=(GRAPH,), revision_kinds={"r3": CONTRACT}), ("r1",))
    assert "rollback --to release-1 --with-schema" in caught.value.hint
