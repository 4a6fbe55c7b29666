"""One obligation a test, by name; the toy world has no surprises but the one that the test makes."""

from __future__ import annotations

from traceback import format_exception

import pytest

from deploy.model.deployments import DeploymentState, StepState
from deploy.model.errors import (
    LEDGER_LOST,
    RECOVER_COMMAND,
    BlockedError,
    InterruptedByOperator,
    StepFailed,
)
from tests.unit.engine.toy_world import DOWNGRADE, NEW, OLD, Fate, Toy


def _full(call: str) -> None:
    raise StepFailed("no space left on device", hint="df -h", reference="ledger-write-failed")


def test_a_deployment_without_trouble_ends_done_and_is_closed() -> None:
    toy = Toy(("set", "look", "set"))
    outcome = toy.go()
    assert outcome is not None
    assert (outcome.exit_code, outcome.differs, outcome.next_command, outcome.failure_what) == (0, (), "", "")
    assert toy.ledger.deployments(1)[0].state is DeploymentState.DONE
    assert toy.ledger.journal == [(p, s) for p in range(3) for s in (StepState.BEGUN, StepState.DONE)]


def test_a_step_that_was_already_so_is_not_undone() -> None:
    toy = Toy(("set", "already", "set"), fails_at=2)
    outcome = toy.go()
    assert outcome is not None
    assert outcome.exit_code == 1
    assert toy.undone == [2, 0]
    assert toy.cells == {0: OLD, 1: NEW, 2: OLD}
    assert "ok 1 already so" in toy.reporter.lines


def test_a_step_that_we_began_and_find_done_after_a_crash_is_ours_to_undo() -> None:
    toy = Toy(("set", "set"), fails_at=1, fate=Fate(kill_at=7))  # after the effect of step 0, before its DONE
    assert toy.go() is None
    assert (toy.states(), toy.cells[0]) == ({0: StepState.BEGUN}, NEW)
    toy.fate.again()
    outcome = toy.go("resume")
    assert outcome is not None
    assert toy.ran == [0, 1]
    assert (outcome.exit_code, toy.cells) == (1, {0: OLD, 1: OLD})


def test_a_step_that_the_journal_calls_done_but_the_world_does_not_is_run_again() -> None:
    toy = Toy(("set", "set"), fate=Fate(kill_at=10))
    toy.go()
    assert toy.states()[0] is StepState.DONE
    toy.cells[0] = OLD
    toy.fate.again()
    outcome = toy.go("resume")
    assert outcome is not None
    assert (outcome.exit_code, toy.cells) == (0, {0: NEW, 1: NEW})


def test_a_step_that_journal_and_world_call_done_is_passed_over_in_silence() -> None:
    toy = Toy(("set", "set"), fate=Fate(kill_at=10))
    toy.go()
    said, written = len(toy.reporter.lines), len(toy.ledger.journal)
    toy.fate.again()
    toy.go("resume")
    assert not any(line.split()[1] == "0" for line in toy.reporter.lines[said:])
    assert all(position == 1 for position, _ in toy.ledger.journal[written:])


def test_undo_goes_backwards_over_what_was_begun_and_nothing_else() -> None:
    toy = Toy(("set", "set", "set", "set"), fails_at=2)
    outcome = toy.go()
    assert outcome is not None
    assert toy.undone == [2, 1, 0]
    assert (outcome.failure_what, outcome.failure_hint, outcome.failure_reference) == (
        "it broke", "mend it", "toy-failed",
    )
    assert toy.ledger.journal[-2:] == [(0, StepState.UNDO_BEGUN), (0, StepState.UNDONE)]
    assert (2, StepState.FAILED) in toy.ledger.journal


def test_a_step_that_failed_after_its_effect_is_undone_too() -> None:
    toy = Toy(("set", "set"), fails_at=1, fails_after_effect=True)
    outcome = toy.go()
    assert outcome is not None
    assert (outcome.exit_code, toy.cells) == (1, toy.initial)


@pytest.mark.parametrize(
    ("failure", "exit_code", "reference", "says"),
    [
        (InterruptedByOperator("stopped", reference="interrupted"), 130, "interrupted", "interrupted;"),
        (BlockedError("daemon gone", reference="daemon-gone"), 1, "daemon-gone", "failed;"),
        (RuntimeError("boom"), 1, "internal-error", "failed;"),
    ],
)
def test_whatever_a_step_raises_production_is_taken_back(
    failure: Exception, exit_code: int, reference: str, says: str
) -> None:
    toy = Toy(("set", "set"), fails_at=1, failure=failure)
    outcome = toy.go()
    assert outcome is not None
    assert (outcome.exit_code, outcome.failure_reference, toy.cells) == (exit_code, reference, toy.initial)
    assert outcome.says.startswith(says)
    assert ("RuntimeError: boom" in outcome.traceback_text) == isinstance(failure, RuntimeError)
    assert outcome.traceback_text in {"", "".join(format_exception(failure))}
    assert "Traceback" not in outcome.failure_what + outcome.says


def test_a_stop_that_was_asked_for_between_steps_undoes_them() -> None:
    toy = Toy(("set", "set", "set"))

    def ask(call: str) -> None:
        toy.stop.is_asked = toy.stop.is_asked or call == "done 1"

    toy.ledger.after_write = ask
    outcome = toy.go()
    assert outcome is not None
    assert (outcome.exit_code, toy.ran, toy.cells) == (130, [0, 1], toy.initial)


def test_a_stop_asked_for_while_undoing_does_not_cut_the_undo() -> None:
    toy = Toy(("set", "set"), fails_at=1)

    def ask(call: str) -> None:
        toy.stop.is_asked = toy.stop.is_asked or call == "undo-begun 1"

    toy.ledger.after_write = ask
    outcome = toy.go()
    assert outcome is not None
    assert (outcome.exit_code, toy.cells) == (1, toy.initial)


def test_begun_that_cannot_be_written_keeps_the_step_from_running_and_from_being_undone() -> None:
    toy = Toy(("set", "set"))

    def full_once(call: str) -> None:
        if call == "begun 1":
            _full(call)

    toy.ledger.before_write = full_once
    outcome = toy.go()
    assert outcome is not None
    assert (toy.ran, toy.undone) == ([0], [0])
    assert (outcome.exit_code, outcome.failure_reference, toy.cells) == (1, "ledger-write-failed", toy.initial)


def test_a_full_disk_does_not_keep_production_from_being_taken_back() -> None:
    toy = Toy(("set", "set", "set"))

    def full_from_here(call: str) -> None:
        if call == "begun 2":
            toy.ledger.before_write = _full
            _full(call)

    toy.ledger.before_write = full_from_here
    outcome = toy.go()
    assert outcome is not None
    assert toy.cells == toy.initial
    assert (outcome.exit_code, outcome.next_command) == (4, "./scripts/deploy.sh abort")
    assert "unfinished" in outcome.differs[0]
    toy.ledger.before_write = lambda call: None
    again = toy.go("abort")
    assert again is not None
    assert (again.exit_code, toy.cells, toy.ledger.unfinished()) == (0, toy.initial, None)


def test_the_failure_of_the_step_is_told_even_when_the_ledger_cannot_note_it() -> None:
    toy = Toy(("set",), fails_at=0)

    def full_once(call: str) -> None:
        if call == "failed 0":
            _full(call)

    toy.ledger.before_write = full_once
    outcome = toy.go()
    assert outcome is not None
    assert (outcome.exit_code, outcome.failure_reference) == (1, "toy-failed")


def test_a_ledger_that_cannot_be_closed_after_success_is_told() -> None:
    toy = Toy(("set",))

    def full_at_end(call: str) -> None:
        if call == "end_deployment":
            _full(call)

    toy.ledger.before_write = full_at_end
    outcome = toy.go()
    assert outcome is not None
    assert (outcome.exit_code, outcome.next_command) == (4, "./scripts/deploy.sh resume")
    assert outcome.differs
    assert outcome.deployment is not None
    assert outcome.deployment.state is DeploymentState.RUNNING
    toy.ledger.before_write = lambda call: None
    again = toy.go("resume")
    assert again is not None
    assert (again.exit_code, toy.ran, toy.cells) == (0, [0], {0: NEW})


def test_a_ledger_that_cannot_be_read_does_not_keep_production_from_being_taken_back() -> None:
    toy = Toy(("set", "set"), fails_at=1)

    def unreadable(deployment_id: str) -> None:
        raise BlockedError("the ledger cannot be read", reference="ledger-unusable")

    toy.ledger.deployment = unreadable  # type: ignore[method-assign,assignment]
    outcome = toy.go()
    assert outcome is not None
    assert (outcome.exit_code, toy.cells) == (1, toy.initial)


def test_undo_stops_at_the_first_step_that_cannot_be_taken_back_and_says_what_comes_next() -> None:
    toy = Toy(("set", "point", "set", "set"), fails_at=3)
    outcome = toy.go()
    assert outcome is not None
    assert (outcome.exit_code, outcome.next_command, outcome.differs) == (4, DOWNGRADE, ("cell 1 is new",))
    assert toy.undone == [3, 2, 1]
    assert toy.cells == {0: NEW, 1: NEW, 2: OLD, 3: OLD}
    assert toy.ledger.deployments(1)[0].state is DeploymentState.NOT_UNDONE
    assert toy.ledger.unfinished() is None


@pytest.mark.parametrize("how", ["resume", "abort"])
def test_an_undo_that_breaks_leaves_the_deployment_unfinished_and_can_be_finished(how: str) -> None:
    toy = Toy(("set", "set", "set"), fails_at=2, breaks_undo_of=1)
    outcome = toy.go()
    assert outcome is not None
    assert (outcome.exit_code, outcome.next_command) == (4, "./scripts/deploy.sh abort")
    assert "the engine is gone" in outcome.differs[0]
    assert "start it" in outcome.differs[0]
    assert toy.cells == {0: NEW, 1: NEW, 2: OLD}
    assert toy.ledger.unfinished() is not None
    toy.breaks_undo_of = None
    again = toy.go(how)
    assert again is not None
    assert again.exit_code == (0 if how == "abort" else 1)
    assert (toy.cells, toy.ledger.unfinished()) == (toy.initial, None)


def test_abort_undoes_only_what_the_journal_began() -> None:
    toy = Toy(("set", "already", "set", "set"), fate=Fate(kill_at=20))
    toy.go()
    begun = set(toy.states())
    assert 3 not in begun
    toy.cells[3] = NEW  # another person's work
    toy.fate.again()
    outcome = toy.go("abort")
    assert outcome is not None
    assert set(toy.undone) == begun
    assert (outcome.exit_code, toy.cells) == (0, {0: OLD, 1: NEW, 2: OLD, 3: NEW})


def test_abort_of_what_never_began_changes_nothing_and_closes_it() -> None:
    toy = Toy(("set",))
    outcome = toy.go("abort")
    assert outcome is not None
    assert (outcome.exit_code, toy.undone, toy.cells, toy.ledger.unfinished()) == (0, [], toy.initial, None)


def test_abort_that_cannot_close_the_ledger_says_so() -> None:
    toy = Toy(("set",))
    toy.ledger.before_write = _full
    outcome = toy.go("abort")
    assert outcome is not None
    assert (outcome.exit_code, outcome.next_command) == (4, "./scripts/deploy.sh abort")


def _gone(call: str) -> None:
    raise StepFailed("the ledger was deleted", hint="recover", reference=LEDGER_LOST)


def test_a_ledger_that_vanishes_in_the_middle_is_said_and_recover_comes_next_not_abort() -> None:
    toy = Toy(("set", "set"))
    writes = 0

    def vanish(call: str) -> None:
        nonlocal writes
        writes += 1
        if writes > 2:
            _gone(call)

    toy.ledger.before_write = vanish
    outcome = toy.go()
    assert outcome is not None
    assert (outcome.exit_code, outcome.next_command) == (4, RECOVER_COMMAND)
    assert "the ledger was deleted" in outcome.differs
    assert toy.cells == toy.initial, "what can be taken back is taken back"


def test_a_ledger_that_vanishes_before_the_last_word_leaves_all_done_and_recover_comes_next() -> None:
    toy = Toy(("set",))
    toy.ledger.before_write = lambda call: _gone(call) if call == "end_deployment" else None
    outcome = toy.go()
    assert outcome is not None
    assert (outcome.exit_code, outcome.next_command, toy.cells) == (4, RECOVER_COMMAND, {0: NEW})


def test_a_lost_ledger_does_not_hide_the_command_that_takes_the_schema_back() -> None:
    toy = Toy(("point", "set"), fails_at=1)
    toy.ledger.before_write = lambda call: _gone(call) if call == "end_deployment" else None
    outcome = toy.go()
    assert outcome is not None
    assert (outcome.exit_code, outcome.next_command) == (4, DOWNGRADE)
    assert "the ledger was deleted" in outcome.differs
