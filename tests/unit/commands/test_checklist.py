"""Which list belongs to which deployment, and whose word counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.commands import checklist as module
from deploy.commands.checklist import QUESTIONS, checklist_of, make_checklist
from deploy.model.checklist import MACHINE, ChecklistItem, StoredChecklist
from deploy.model.deployments import Actor, Deployment, DeploymentState, Mode, Plan
from deploy.model.errors import BlockedError, UsageError
from tests.fakes.fake_ledger import FakeLedger

START = datetime(2026, 11, 21, 9, tzinfo=UTC)


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def item(key: str, phase: Any, says: str) -> ChecklistItem:
    return ChecklistItem(key, phase, f"{key}?", "yes", says, "ann")


class Ledger(FakeLedger):
    """With deployments at known hours."""

    def deployments(self, limit: int) -> tuple[Deployment, ...]:
        plan = Plan(Mode.SKIP_MIGRATE, (), {})
        made = [
            Deployment(f"d000{n}", plan, DeploymentState.DONE, Actor("a", "h", None), hour(n), None, 0, "", ())
            for n in (1, 3)
        ]
        return tuple(reversed(made))[:limit]


def test_a_list_from_before_belongs_to_the_next_deployment_alone() -> None:
    ledger = Ledger()
    for at, says in ((0.2, "stale"), (0.5, "first"), (2, "second"), (4, "later")):
        ledger.record_checklist(StoredChecklist("before", None, hour(at), (item("people-told", "before", says),)))
    newer, older = ledger.deployments(2)
    assert [i.says for i in checklist_of(ledger, older)] == ["first"]
    assert [i.says for i in checklist_of(ledger, newer)] == ["second"]


def test_a_list_from_before_the_deployment_before_is_nobody_elses() -> None:
    ledger = Ledger()
    ledger.record_checklist(StoredChecklist("before", None, hour(0.5), (item("people-told", "before", "first"),)))
    newer, older = ledger.deployments(2)
    assert (checklist_of(ledger, newer), [i.says for i in checklist_of(ledger, older)]) == ((), ["first"])


def test_lists_stand_in_the_order_of_their_phases() -> None:
    ledger = Ledger()
    after = StoredChecklist("after", "d0003", hour(4), (item("people-told", "after", "done"),))
    before = StoredChecklist("before", None, hour(2.5), (item("check-read", "before", "read"),))
    for stored in (after, before, replace(after, deployment_id="d0001")):
        ledger.record_checklist(stored)
    assert [(i.phase, i.says) for i in checklist_of(ledger, ledger.deployments(1)[0])] == [
        ("before", "read"), ("after", "done"),
    ]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """One question that the machine answers, one that it cannot, one of a person, one that breaks."""

    def broken(*_: object) -> None:
        raise BlockedError("no engine answers", hint="", reference="engine-missing")

    questions = {
        "seen": ("seen?", lambda *_: (False, "it is not")), "unseen": ("unseen?", lambda *_: None),
        "felt": ("felt?", None), "broken": ("broken?", broken),
    }
    monkeypatch.setitem(QUESTIONS, "before", questions)
    monkeypatch.setattr(module, "read_status", lambda *_: None)
    return questions


def test_the_machine_answers_what_it_sees_and_a_person_the_rest(seen: Any) -> None:
    made: Any = make_checklist(None, "before", {"felt": ("yes", "surely")}, None)  # type: ignore[arg-type]
    found = {i.key: (i.state, i.says) for i in made}
    assert found == {
        "seen": ("no", "it is not"), "unseen": ("open", ""), "felt": ("yes", "surely"),
        "broken": ("no", "no engine answers"),
    }
    by = {i.key: i.by for i in made}
    assert by["seen"] == by["broken"] == MACHINE
    assert by["felt"] not in {"", MACHINE}


@pytest.mark.parametrize("key", ["seen", "absent"])
def test_nobody_can_answer_for_the_machine_or_what_is_not_asked(seen: Any, key: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_checklist(None, "before", {key: ("yes", "")}, None)  # type: ignore[arg-type]
    assert caught.value.reference == "bad-answer"
