"""Killed at any call, then resumed or aborted: one of the two ends, or a stop at the point of no return."""

from __future__ import annotations

from hypothesis import event, given, settings
from hypothesis import strategies as st

from deploy.model.deployments import DeploymentState
from deploy.model.errors import EXIT_FAILED_AND_UNDONE, EXIT_INTERRUPTED, EXIT_NOT_UNDONE, StepFailed
from deploy.model.results import DeploymentOutcome
from tests.unit.engine.toy_world import DOWNGRADE, HALF, NEW, Fate, Toy

KINDS = st.lists(st.sampled_from(["set", "set", "look", "already", "point"]), min_size=1, max_size=5).map(tuple)
DEATHS = st.lists(st.integers(1, 40), min_size=0, max_size=3)
FAILS_AT = st.none() | st.integers(0, 4)


def _as_it_was_or_stopped(toy: Toy, foreign: int | None) -> None:
    """Everything is as it was; or, from a point of no return downwards, everything ours stays done."""
    expected = dict(toy.initial)
    if foreign is not None:
        expected[foreign] = NEW
    passed = [i for i, kind in enumerate(toy.kinds) if kind == "point" and i != foreign and toy.cells[i] != expected[i]]
    for position, value in toy.cells.items():
        if passed and position < passed[-1]:
            assert value == NEW or toy.kinds[position] == "look"
        elif passed and position == passed[-1]:
            assert value in {HALF, NEW}
        else:
            assert value == expected[position], (position, toy.cells, expected)


def _check_end(toy: Toy, foreign: int | None, outcome: DeploymentOutcome | None) -> None:
    last = toy.ledger.deployments(1)[0]
    assert toy.violations == []
    assert toy.ledger.unfinished() is None
    assert last.state is not DeploymentState.RUNNING
    event(last.state.value)
    if last.state is DeploymentState.DONE:
        assert all(value == NEW for i, value in toy.cells.items() if toy.kinds[i] != "look")
    else:
        _as_it_was_or_stopped(toy, foreign)
    if outcome is not None:
        assert outcome.deployment is not None
        assert outcome.exit_code == last.exit_code
        is_told = bool(outcome.differs and outcome.next_command)
        assert is_told == (outcome.exit_code == EXIT_NOT_UNDONE)


def _foreign_change(toy: Toy, wish: int | None) -> int | None:
    """Another person does by hand what a step of ours that was never begun would have done."""
    if wish is None or wish >= len(toy.kinds) or toy.kinds[wish] == "look" or wish in toy.states():
        return None
    if toy.cells[wish] == NEW or any(i > wish for i in toy.states()):
        return None
    toy.cells[wish] = NEW
    return wish


@settings(max_examples=600, deadline=None)
@given(
    kinds=KINDS, deaths=DEATHS, fails_at=FAILS_AT, fails_after_effect=st.booleans(),
    how=st.sampled_from(["resume", "abort"]), wish=st.none() | st.integers(0, 4),
)
def test_killed_anywhere_it_still_ends_all_done_or_all_as_it_was(
    kinds: tuple[str, ...], deaths: list[int], fails_at: int | None, fails_after_effect: bool, how: str,
    wish: int | None,
) -> None:
    toy = Toy(kinds, fails_at=fails_at, fails_after_effect=fails_after_effect, fate=Fate(deaths[0] if deaths else None))
    outcome = toy.go("run")
    foreign = _foreign_change(toy, wish) if toy.ledger.unfinished() else None
    for kill_at in [*deaths[1:], None]:
        toy.fate.again(kill_at)
        was_unfinished = toy.ledger.unfinished() is not None
        outcome = toy.go(how) or outcome
        if was_unfinished and how == "abort":
            assert toy.ledger.deployments(1)[0].state is not DeploymentState.DONE
    _check_end(toy, foreign, outcome)


@settings(max_examples=200, deadline=None)
@given(kinds=KINDS, kill_at=st.integers(1, 40))
def test_resumed_without_any_failure_it_always_ends_done(kinds: tuple[str, ...], kill_at: int) -> None:
    toy = Toy(kinds, fate=Fate(kill_at))
    toy.go("run")
    toy.fate.again()
    toy.go("resume")
    assert toy.ledger.deployments(1)[0].state is DeploymentState.DONE
    assert toy.undone == []


@settings(max_examples=200, deadline=None)
@given(kinds=KINDS, kill_at=st.integers(1, 60), fails_at=st.integers(0, 4))
def test_an_undo_that_was_cut_is_finished_by_resume_and_never_turned_round(
    kinds: tuple[str, ...], kill_at: int, fails_at: int
) -> None:
    toy = Toy(kinds, fails_at=fails_at, fate=Fate(kill_at))
    toy.go("run")
    was_going_back = bool(toy.undone)
    ran = list(toy.ran)
    toy.fate.again()
    toy.go("resume")
    if was_going_back:
        assert toy.ran == ran
        assert toy.ledger.deployments(1)[0].state is not DeploymentState.DONE
        _as_it_was_or_stopped(toy, None)


@settings(max_examples=300, deadline=None)
@given(
    kinds=KINDS, broken_from=st.integers(1, 20), broken_for=st.sampled_from([1, 2, 10_000]), fails_at=FAILS_AT,
    how=st.sampled_from(["resume", "abort"]),
)
def test_a_ledger_that_cannot_be_written_leaves_nothing_half_done(
    kinds: tuple[str, ...], broken_from: int, broken_for: int, fails_at: int | None, how: str
) -> None:
    toy = Toy(kinds, fails_at=fails_at)
    writes = 0

    def full(call: str) -> None:
        nonlocal writes
        writes += 1
        if broken_from <= writes < broken_from + broken_for:
            raise StepFailed("no space left on device", hint="df -h", reference="ledger-write-failed")

    toy.ledger.before_write = full
    outcome = toy.go("run")
    assert outcome is not None
    assert toy.violations == []
    if toy.ledger.unfinished() is not None:
        assert outcome.exit_code == EXIT_NOT_UNDONE
        assert outcome.next_command
        is_all_new = all(v == NEW for i, v in toy.cells.items() if toy.kinds[i] != "look")
        if not is_all_new:
            _as_it_was_or_stopped(toy, None)
        toy.ledger.before_write = lambda call: None
        outcome = toy.go(how)
    assert outcome is not None
    _check_end(toy, None, outcome)
    if outcome.exit_code in {EXIT_FAILED_AND_UNDONE, EXIT_INTERRUPTED}:
        _as_it_was_or_stopped(toy, None)


@settings(max_examples=200, deadline=None)
@given(kinds=KINDS, fails_at=st.integers(0, 4))
def test_a_step_behind_the_point_of_no_return_stops_there_with_the_next_command(
    kinds: tuple[str, ...], fails_at: int
) -> None:
    toy = Toy(kinds, fails_at=fails_at)
    outcome = toy.go("run")
    assert outcome is not None
    if outcome.exit_code == EXIT_NOT_UNDONE:
        assert outcome.next_command == DOWNGRADE
        point = min(toy.undone)
        assert toy.kinds[point] == "point"
        assert outcome.differs == (f"cell {point} is new",)
