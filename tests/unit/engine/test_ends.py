"""How a deployment ends: handed over, done but not serving, looked at by somebody, given up, with its ledger lost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from deploy.engine.abort_plan import abort_deployment, give_up_deployment
from deploy.engine.run_plan import run_deployment
from deploy.engine.undo_plan import ABORT_COMMAND, GIVE_UP_COMMAND, STATUS_COMMAND
from deploy.model.deployments import NEXT_COMMAND, OPEN_POINT, Deployment, DeploymentState
from deploy.model.end_state import EndSeen
from deploy.model.errors import LEDGER_LOST, RECOVER_COMMAND, HandedOver, StepFailed
from deploy.model.results import DeploymentOutcome
from deploy.model.steps import StepContext, UndoOutcome
from tests.unit.engine.toy_world import DOWNGRADE, Toy, ToyStep

GONE_ON = HandedOver("another command goes on with it", reference="handed-over")
SEEN_GOOD = EndSeen(is_compared=True, says="release-1 serves")


@dataclass
class Looker:
    """Implements `EndState`: sees what it is told to see, and keeps what it was asked."""

    seen: EndSeen = SEEN_GOOD
    missing: tuple[str, ...] = ()
    was_asked: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def settle(self, deployment: Deployment, open_step_names: frozenset[str]) -> EndSeen:
        self.was_asked.append((deployment.deployment_id, open_step_names))
        return self.seen

    def unfinished_business(self, deployment: Deployment) -> tuple[str, ...]:
        return self.missing


def _steps(toy: Toy) -> tuple[Deployment, list[ToyStep]]:
    deployment = toy.ledger.unfinished()
    assert deployment is not None
    return deployment, [
        ToyStep(name=planned.name, says="", undo_kind=planned.undo_kind, toy=toy, cell=cell)
        for cell, planned in enumerate(deployment.plan.steps)
    ]


def _run(toy: Toy, end: Looker | None = None, *, is_resume: bool = False) -> DeploymentOutcome:
    deployment, steps = _steps(toy)
    return run_deployment(toy.world, deployment, steps, is_resume=is_resume, end=end)


def _abort(toy: Toy, end: Looker | None = None) -> DeploymentOutcome:
    deployment, steps = _steps(toy)
    return abort_deployment(toy.world, deployment, steps, end)


def _give_up(toy: Toy, end: Looker | None = None) -> DeploymentOutcome:
    deployment, steps = _steps(toy)
    return give_up_deployment(toy.world, deployment, steps, "no image", lambda: ("nobody serves",), end)


def _full_at_the_end(call: str) -> None:
    if call == "end_deployment":
        raise StepFailed("no space left on device", hint="df -h", reference="ledger-write-failed")


def _lost(call: str) -> None:
    raise StepFailed("the ledger was deleted", hint="recover", reference=LEDGER_LOST)


# ── handed over ──────────────────────────────────────────────────────────────


def test_a_deployment_that_was_handed_over_is_neither_undone_nor_closed() -> None:
    toy = Toy(("set", "set"), fails_at=1, failure=GONE_ON)
    outcome = _run(toy)
    assert (outcome.exit_code, outcome.is_handed_over, outcome.says) == (0, True, GONE_ON.what)
    assert (toy.undone, toy.ledger.unfinished()) == ([], outcome.deployment)
    assert outcome.deployment is not None


def test_how_the_other_command_ended_it_is_the_exit_code_of_the_one_that_handed_it_over() -> None:
    toy = Toy(("set", "set"), fails_at=1, failure=GONE_ON)
    deployment = toy.ledger.unfinished()
    assert deployment is not None

    def other(call: str) -> None:
        if call == "begun 1":
            toy.ledger.end_deployment(deployment.deployment_id, DeploymentState.NOT_UNDONE, 4, "by the other")

    toy.ledger.after_write = other
    outcome = _run(toy)
    assert (outcome.exit_code, outcome.is_handed_over, toy.undone) == (4, True, [])


# ── every step is done ───────────────────────────────────────────────────────


def test_a_resumed_deployment_whose_release_does_not_serve_is_not_called_done() -> None:
    toy = Toy(("set",))
    outcome = _run(toy, Looker(missing=("no container of release-2 runs",)), is_resume=True)
    assert (outcome.exit_code, outcome.next_command) == (4, STATUS_COMMAND)
    assert outcome.differs == ("no container of release-2 runs",)
    last = toy.ledger.deployments(1)[0]
    assert (last.state, last.exit_code) == (DeploymentState.NOT_UNDONE, 4)
    assert outcome.deployment == last
    assert last.outcome == outcome.says
    assert "no container of release-2 runs" in outcome.says


def test_one_that_does_not_serve_and_cannot_be_closed_says_both() -> None:
    toy = Toy(("set",))
    toy.ledger.before_write = _full_at_the_end
    outcome = _run(toy, Looker(missing=("nobody serves",)), is_resume=True)
    assert outcome.exit_code == 4
    assert outcome.differs[0] == "nobody serves"
    assert "no space left on device" in outcome.differs[1]
    assert toy.ledger.unfinished() is not None


def test_who_did_every_step_itself_has_checked_them_and_does_not_look_again() -> None:
    outcome = _run(Toy(("set",)), Looker(missing=("nobody serves",)))
    assert (outcome.exit_code, outcome.says, outcome.differs) == (0, "done", ())


def test_a_resumed_deployment_whose_release_serves_is_done() -> None:
    outcome = _run(Toy(("set",)), Looker(), is_resume=True)
    assert (outcome.exit_code, outcome.says) == (0, "done")


def test_what_a_deployment_left_undone_on_purpose_and_what_comes_next_are_told_at_its_end() -> None:
    toy = Toy(("set",))
    deployment = toy.ledger.unfinished()
    assert deployment is not None
    summary = {OPEN_POINT: "1 revision is not applied", NEXT_COMMAND: "./scripts/deploy.sh --manual-migrate"}
    planned = replace(deployment.plan, summary=summary)
    toy.ledger._deployments[deployment.deployment_id] = replace(deployment, plan=planned)
    outcome = _run(toy)
    assert (outcome.open_point, outcome.next_command) == (summary[OPEN_POINT], summary[NEXT_COMMAND])
    assert outcome.deployment == toy.ledger.deployments(1)[0]
    assert _run(Toy(("set",))).open_point == ""


def test_a_full_disk_at_the_end_is_the_failure_and_the_deployment_is_called_unfinished() -> None:
    toy = Toy(("set",))
    toy.ledger.before_write = _full_at_the_end
    outcome = _run(toy)
    assert (outcome.failure_what, outcome.failure_hint, outcome.failure_reference) == (
        "no space left on device", "df -h", "ledger-write-failed",
    )
    assert outcome.differs != (outcome.failure_what,)
    assert outcome.deployment == toy.ledger.unfinished()


def test_a_ledger_that_is_lost_at_the_end_is_named_as_what_differs() -> None:
    toy = Toy(("set",))
    toy.ledger.before_write = lambda call: _lost(call) if call == "end_deployment" else None
    outcome = _run(toy)
    assert outcome.differs == ("the ledger was deleted",)
    assert outcome.failure_reference == LEDGER_LOST


# ── taken back, and looked at ────────────────────────────────────────────────


@pytest.mark.parametrize("go_back", [_run, _abort, _give_up])
@pytest.mark.parametrize(
    ("seen", "exit_code", "next_command", "is_open"),
    [
        (SEEN_GOOD, 0, "", False),
        (EndSeen(True, differs=("release-1 does not run",)), 4, STATUS_COMMAND, False),
        (EndSeen(True, unknown=("the edge does not answer",)), 4, ABORT_COMMAND, True),
        (EndSeen(True, differs=("x",), unknown=("y",)), 4, ABORT_COMMAND, True),
    ],
)
def test_as_it_was_is_said_of_what_was_seen_however_it_was_taken_back(
    go_back: Any, seen: EndSeen, exit_code: int, next_command: str, is_open: bool
) -> None:
    toy = Toy(("set", "set"), fails_at=1)
    if go_back is not _run:
        toy.fate.again(kill_at=9)
        assert toy.go() is None
        toy.fate.again()
    looker = Looker(seen)
    outcome = go_back(toy, looker)
    is_given_up = go_back is _give_up and is_open  # what stays open is what giving up closes
    assert looker.was_asked == [("d0001", frozenset())], "every step is taken back, so none is open"
    assert outcome.exit_code == (exit_code or (1 if go_back is _run else 0))
    assert set(seen.differs + seen.unknown) <= set(outcome.differs)
    assert (toy.ledger.unfinished() is not None) == (is_open and not is_given_up)
    if not is_given_up:
        assert outcome.next_command == next_command
        assert (("is as it was: release-1 serves" in outcome.says) == (seen is SEEN_GOOD))


def test_the_step_that_could_not_be_taken_back_is_named_to_who_looks() -> None:
    toy, looker = Toy(("set", "point", "set"), fails_at=2), Looker()
    outcome = _run(toy, looker)
    assert (outcome.exit_code, outcome.next_command) == (4, DOWNGRADE)
    assert looker.was_asked == [("d0001", frozenset({"toy-set", "toy-point"}))]
    assert "not everything" in outcome.says


def test_an_undo_that_was_carried_out_counts_though_the_ledger_could_not_note_it() -> None:
    toy, looker = Toy(("set", "set"), fails_at=1), Looker()

    def full(call: str) -> None:
        if call.startswith("undone"):
            raise StepFailed("no space left on device", hint="df -h", reference="ledger-write-failed")

    toy.ledger.before_write = full
    outcome = _run(toy, looker)
    assert (outcome.exit_code, toy.cells) == (1, toy.initial)
    assert looker.was_asked == [("d0001", frozenset())]


def test_an_undo_that_is_resumed_is_looked_at_too_and_says_where_the_reason_is() -> None:
    toy, looker = Toy(("set", "set"), fails_at=1, breaks_undo_of=0), Looker()
    assert _run(toy).exit_code == 4
    toy.breaks_undo_of = None
    outcome = _run(toy, looker, is_resume=True)
    assert (outcome.exit_code, outcome.failure_reference) == (1, "undo-resumed")
    assert "history" in outcome.failure_hint
    assert looker.was_asked == [("d0001", frozenset())]


def test_containers_that_were_started_again_and_what_was_not_compared_are_said() -> None:
    seen = EndSeen(True, started=("shop-app-1",), unseen=("the tags",), says="release-1 serves")
    outcome = _run(Toy(("set",), fails_at=0), Looker(seen))
    assert "shop-app-1" in outcome.says
    assert "the tags" in outcome.says
    assert _run(Toy(("set",), fails_at=0), Looker(EndSeen(True))).says.endswith("as it was")
    not_undone = _run(Toy(("point", "set"), fails_at=1), Looker(replace(seen, started=())))
    assert "the tags" not in not_undone.says, "where not all is undone, nothing is called as it was"


@dataclass(frozen=True, kw_only=True, eq=False)
class Refusing(ToyStep):
    """Its undo says that it is not undone, and nothing else."""

    def undo(self, context: StepContext[Any]) -> UndoOutcome:
        return UndoOutcome(False, "two containers run")


def test_an_undo_that_names_no_command_leads_to_status() -> None:
    toy = Toy(("set",), fails_at=0)
    deployment, steps = _steps(toy)
    refusing = [Refusing(name=s.name, says="", undo_kind=s.undo_kind, toy=toy, cell=s.cell) for s in steps]
    outcome = run_deployment(toy.world, deployment, refusing, is_resume=False)
    assert (outcome.exit_code, outcome.differs, outcome.next_command) == (4, ("two containers run",), STATUS_COMMAND)
    assert toy.ledger.deployments(1)[0].state is DeploymentState.NOT_UNDONE


# ── aborted, given up ────────────────────────────────────────────────────────


def test_an_abort_keeps_what_it_says_and_the_traceback_of_an_undo_that_broke_inside() -> None:
    toy = Toy(("set",), fate=_killed_after_the_effect())
    assert toy.go() is None
    outcome = _abort(toy)
    assert outcome.says.startswith("aborted; every step that was begun")
    assert (outcome.says, outcome.traceback_text) == (toy.ledger.deployments(1)[0].outcome, "")
    assert outcome.deployment == toy.ledger.deployments(1)[0]
    broken = _broken_inside()
    outcome = _abort(broken)
    assert (outcome.exit_code, outcome.next_command) == (4, GIVE_UP_COMMAND)
    assert "KeyError: 'slot'" in outcome.traceback_text


def test_giving_up_keeps_the_traceback_and_leaves_nothing_to_do() -> None:
    toy = _broken_inside()
    outcome = _give_up(toy)
    assert (outcome.exit_code, outcome.next_command) == (4, "")
    assert "KeyError: 'slot'" in outcome.traceback_text
    assert outcome.deployment == toy.ledger.deployments(1)[0]
    assert outcome.deployment is not None
    assert outcome.deployment.state is DeploymentState.GIVEN_UP


def test_a_ledger_that_cannot_be_closed_when_giving_up_is_told_and_abort_comes_next() -> None:
    toy = _broken_inside()
    toy.ledger.before_write = _full_at_the_end
    outcome = _give_up(toy)
    assert (outcome.exit_code, outcome.next_command) == (4, ABORT_COMMAND)
    assert "nobody serves" in outcome.differs
    assert "no space left on device" in outcome.differs[-1]
    assert toy.ledger.unfinished() is not None


def test_what_was_taken_back_though_it_was_to_be_given_up_is_told_as_an_abort() -> None:
    toy = Toy(("set",), fate=_killed_after_the_effect())
    assert toy.go() is None
    assert _give_up(toy).says.startswith("aborted; every step that was begun")


def test_an_undo_that_breaks_with_its_ledger_lost_leads_to_recover() -> None:
    toy = Toy(("set", "set"), fails_at=1, breaks_undo_of=0)

    def lost_in_undo(call: str) -> None:
        if call.startswith("undo"):
            _lost(call)

    toy.ledger.before_write = lost_in_undo
    outcome = _run(toy)
    assert (outcome.exit_code, outcome.next_command) == (4, RECOVER_COMMAND)
    assert "the ledger was deleted" in outcome.differs


def _killed_after_the_effect() -> Any:
    return replace(Toy(()).fate, kill_at=7)


def _broken_inside() -> Toy:
    """A run that died after the effect of its one step, whose undo breaks inside."""
    toy = Toy(("set",), fate=_killed_after_the_effect())
    assert toy.go() is None
    toy.fate.again()

    def call(name: str = "") -> None:
        if name == "before undo":
            raise KeyError("slot")

    toy.fate.call = call  # type: ignore[method-assign]
    return toy
