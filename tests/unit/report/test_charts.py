"""Where bars lie: from the journal, and from the stored check."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.model.deployments import StepRecord, StepState
from deploy.pages.lock_chart import lock_groups
from deploy.pages.step_chart import bars_of, spans_of
from deploy.planning.check_record import check_record
from tests.unit.cli.check_report.reports import realistic_report
from tests.unit.report.records import START, at, done_record, undone_record, unfinished_record


def test_a_deployment_that_went_well_is_one_bar_a_step_end_to_end() -> None:
    record = done_record()
    bars = bars_of(spans_of(record.journal, record.deployment.ended_at))
    assert [(b.span.name, b.span.kind) for b in bars] == [(s.name, "done") for s in record.deployment.plan.steps]
    assert bars[0].left == 0
    assert bars[0].width == pytest.approx(100 * 42 / 80, abs=0.01)
    assert bars[2].left == pytest.approx(100 * 42.4 / 80, abs=0.01)


def test_what_was_taken_back_is_a_bar_of_its_own() -> None:
    record = undone_record()
    spans = spans_of(record.journal, record.deployment.ended_at)
    assert [(s.position, s.kind) for s in spans] == [
        (0, "done"), (1, "done"), (2, "failed"), (2, "undone"), (1, "undone"),
    ]


def test_a_step_that_never_ended_stays_open() -> None:
    record = unfinished_record()
    assert [s.kind for s in spans_of(record.journal, None)] == ["done", "open"]


def test_a_step_begun_again_after_a_death_shows_both_tries() -> None:
    journal = [
        StepRecord(0, "switch-containers", StepState.BEGUN, at(0), ""),
        StepRecord(0, "switch-containers", StepState.BEGUN, at(60), ""),
        StepRecord(0, "switch-containers", StepState.DONE, at(65), "", 5),
    ]
    assert [(s.kind, s.seconds) for s in spans_of(journal, at(65))] == [("open", 60), ("done", 5)]


entries = st.builds(
    StepRecord, st.integers(0, 3), st.just("step"), st.sampled_from(StepState),
    st.integers(-5, 500).map(lambda s: START + timedelta(seconds=s)), st.just(""),
    st.none() | st.floats(0, 100),
)


@given(st.lists(entries, max_size=12))
def test_no_journal_puts_a_bar_outside_the_chart(journal: list[StepRecord]) -> None:
    for bar in bars_of(spans_of(journal, None)):
        assert bar.left >= 0
        assert bar.width > 0
        assert bar.left + bar.width <= 100.01


def test_locks_are_grouped_by_transaction_with_their_work() -> None:
    groups = lock_groups(check_record(realistic_report()))
    assert [g.title for g in groups] == ["transaction 1, 0008", "transaction 2, 0009", "transaction 3, 0010"]
    [exclusive] = groups[1].bars
    assert (exclusive.relation, exclusive.mode, exclusive.seconds) == ("orders", "ACCESS EXCLUSIVE", 24.4)
    assert (exclusive.left, exclusive.width) == (0, pytest.approx(100, abs=0.01))
    assert [left for left, _ in exclusive.work] == [0, pytest.approx(33.333)]
    assert exclusive.is_blocking_readers
    assert [s["sql"].split()[0] for s in groups[1].statements] == ["ALTER", "UPDATE", "ALTER"]


def test_a_check_that_kept_no_locks_has_no_group() -> None:
    assert lock_groups({}) == ()
    assert lock_groups({"risk": "low", "findings": []}) == ()
