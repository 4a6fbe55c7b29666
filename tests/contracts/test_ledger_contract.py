"""One suite on the ledger in memory and on the one in SQLite."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.adapters.ledger.sqlite_ledger import SqliteLedger
from deploy.model.checklist import ChecklistItem, StoredChecklist
from deploy.model.deployments import Actor, DeploymentState, Mode, Plan, StepState
from deploy.model.end_state import ProductionState, SeenContainer
from deploy.model.production import NotKnown
from deploy.model.releases import Image, Leaving, Release, ReleaseState, Revision, RevisionGraph, RevisionKind
from deploy.model.schema_objects import SchemaLook, SchemaObject
from deploy.steps.registry import read_plan
from tests.fakes.fake_ledger import FakeLedger

ACTOR = Actor("ann", "host", "run-7")
PLAN = Plan(mode=Mode.SKIP_MIGRATE, steps=(), summary={"release": "release-1"})
GRAPH = RevisionGraph((Revision("b", ("a",), "second", "b.py"), Revision("a", (), "first", "a.py")), ("b",))


@pytest.fixture(params=["fake", "real"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return FakeLedger() if request.param == "fake" else SqliteLedger(tmp_path, read_plan)


def release(number: int) -> Release:
    image = Image(f"sha256:{number}", "shop:latest", None, 10)
    return Release(number, image, ("b",), ReleaseState.CANDIDATE, "", datetime(2026, 1, 2, tzinfo=UTC))


def test_a_begun_deployment_is_unfinished_until_it_is_ended_once(ledger: Any) -> None:
    assert ledger.unfinished() is None
    deployment_id = ledger.begin_deployment(PLAN, ACTOR, release(1))
    found = ledger.unfinished()
    assert (found.deployment_id, found.actor, found.plan.plan_id) == (deployment_id, ACTOR, PLAN.plan_id)
    ledger.end_deployment(deployment_id, DeploymentState.UNDONE, 1, "first")
    ledger.end_deployment(deployment_id, DeploymentState.DONE, 0, "second")
    ended = ledger.deployment(deployment_id)
    assert (ended.state, ended.exit_code, ended.outcome) == (DeploymentState.UNDONE, 1, "first")
    assert ledger.unfinished() is None


def test_the_first_look_at_the_schema_of_a_deployment_stays(ledger: Any) -> None:
    deployment_id = ledger.begin_deployment(PLAN, ACTOR, None)
    assert ledger.kept_schema(deployment_id) is None
    first = SchemaLook((SchemaObject("table orders", "", "", "1", ""),), 7)
    ledger.keep_schema(deployment_id, first)
    ledger.keep_schema(deployment_id, SchemaLook((), 9))
    assert ledger.kept_schema(deployment_id) == first


def test_what_ran_at_the_beginning_is_kept_with_the_deployment(ledger: Any) -> None:
    app = SeenContainer("c1", "shop-app-1", "sha256:1", "release-1", is_running=True, is_serving=True)
    state = ProductionState(
        (app,), NotKnown("no engine answers", "start it"), 1, has_page=False, tags={"shop:latest": None, "shop:a": "b"},
        revision_ids=("r1",), schema=NotKnown("away"), release_number=None,
    )
    kept = ledger.begin_deployment(PLAN, ACTOR, None, state)
    assert ledger.beginning_of(kept) == state
    ledger.end_deployment(kept, DeploymentState.DONE, 0, "done")
    assert ledger.beginning_of(ledger.begin_deployment(PLAN, ACTOR, None)) is None


def test_the_journal_shows_the_last_word_of_each_step(ledger: Any) -> None:
    deployment_id = ledger.begin_deployment(PLAN, ACTOR, None)
    ledger.record_step(deployment_id, 0, "one", StepState.BEGUN)
    ledger.record_step(deployment_id, 1, "two", StepState.BEGUN)
    ledger.record_step(deployment_id, 0, "one", StepState.DONE, "well", 2.5)
    steps = ledger.deployment(deployment_id).steps
    assert [(s.position, s.state, s.detail) for s in steps] == [(0, StepState.DONE, "well"), (1, StepState.BEGUN, "")]


def test_the_journal_of_a_deployment_holds_every_entry_in_order(ledger: Any) -> None:
    deployment_id = ledger.begin_deployment(PLAN, ACTOR, None)
    ledger.record_step(deployment_id, 0, "one", StepState.BEGUN)
    ledger.record_step(deployment_id, 1, "two", StepState.BEGUN)
    ledger.record_step(deployment_id, 0, "one", StepState.DONE, "well", 2.5)
    entries = ledger.journal_of(deployment_id)
    assert [(e.position, e.name, e.state, e.detail) for e in entries] == [
        (0, "one", StepState.BEGUN, ""), (1, "two", StepState.BEGUN, ""), (0, "one", StepState.DONE, "well"),
    ]
    assert ledger.journal_of("d9999") == ()


def test_releases_are_numbered_on_and_one_is_current(ledger: Any) -> None:
    assert ledger.next_release_number() == 1
    assert ledger.current_release() is None
    first = ledger.begin_deployment(PLAN, ACTOR, release(1))
    ledger.end_deployment(first, DeploymentState.DONE, 0, "")
    ledger.begin_deployment(PLAN, ACTOR, release(2))
    ledger.set_release_state(1, ReleaseState.GOOD)
    ledger.set_current_release(1)
    assert ledger.next_release_number() == 3
    assert [r.number for r in ledger.releases()] == [2, 1]
    assert ledger.current_release().state is ReleaseState.GOOD
    assert ledger.current_release().deployment_id == first
    ledger.set_current_release(None)
    assert ledger.current_release() is None


def test_a_release_is_left_and_taken_up_again_and_its_configuration_is_the_last(ledger: Any) -> None:
    ledger.begin_deployment(PLAN, ACTOR, release(1))
    assert (ledger.releases()[0].left, ledger.releases()[0].configuration) == (None, "")
    mark = Leaving(datetime(2026, 1, 2, tzinfo=UTC), "rolled back to release-0")
    for _ in range(2):
        ledger.set_release_left(1, mark)
    for configuration in ("one", "two"):
        ledger.set_release_configuration(1, configuration)
    ledger.set_current_release(1)
    assert ledger.releases()[0].left == ledger.current_release().left == mark
    assert ledger.current_release().configuration == "two"
    ledger.set_release_left(1, None)
    assert ledger.releases()[0].left is None


def test_graphs_and_kinds_are_remembered(ledger: Any) -> None:
    assert ledger.cached_graph("sha256:1") is None
    ledger.cache_graph("sha256:1", GRAPH)
    assert ledger.cached_graph("sha256:1") == GRAPH
    assert ledger.known_graphs() == (GRAPH,)
    ledger.record_revision_kinds({"a": RevisionKind.EXPAND})
    ledger.record_revision_kinds({"a": RevisionKind.CONTRACT, "b": RevisionKind.UNKNOWN})
    assert dict(ledger.revision_kinds()) == {"a": RevisionKind.CONTRACT, "b": RevisionKind.UNKNOWN}


def test_history_is_newest_first_and_limited(ledger: Any) -> None:
    ids = []
    for _ in range(3):
        ids.append(ledger.begin_deployment(PLAN, ACTOR, None))
        ledger.end_deployment(ids[-1], DeploymentState.DONE, 0, "")
    assert [d.deployment_id for d in ledger.deployments(2)] == [ids[2], ids[1]]


def test_checklists_are_kept_in_order_with_or_without_a_deployment(ledger: Any) -> None:
    deployment_id = ledger.begin_deployment(PLAN, ACTOR, None)
    items = (ChecklistItem("people-told", "before", "told?", "yes", "by mail", "ann"),)
    first = StoredChecklist("before", None, datetime(2026, 1, 2, tzinfo=UTC), items)
    second = StoredChecklist("after", deployment_id, datetime(2026, 1, 3, tzinfo=UTC), ())
    assert ledger.checklists() == ()
    ledger.record_checklist(first)
    ledger.record_checklist(second)
    assert ledger.checklists() == (first, second)


def test_releases_that_were_read_back_are_there_and_their_numbers_are_not_used_again(ledger: Any) -> None:
    ledger.begin_deployment(PLAN, ACTOR, release(4))
    ledger.end_deployment(ledger.unfinished().deployment_id, DeploymentState.DONE, 0, "done")
    found = [release(7), release(4)]
    name = ledger.adopt(Plan(Mode.RECOVER, (), {"release": "release-7"}), ACTOR, found, 7, "read back")
    assert ledger.deployment(name).state is DeploymentState.DONE
    assert ledger.unfinished() is None
    assert [r.number for r in ledger.releases()] == [7, 4]
    assert ledger.releases()[1].deployment_id != name, "what was known stays as it is"
    assert (ledger.current_release().number, ledger.next_release_number()) == (7, 8)
    assert ledger.ledger_id
