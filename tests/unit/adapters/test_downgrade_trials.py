"""The way back, from what was seen of it: what is left, missing, changed and lost, and whose failure it is."""

from __future__ import annotations

import json

from deploy.checking.measuring.downgrade_trials import DowngradeTrials

BASE = {"table orders": "", "column orders.id": "bigint", "column orders.note": "text"}
REFUNDS = {"table refunds": "", "column refunds.id": "bigint", "type refund_state": "open,paid"}


def look(*parts: dict[str, str]) -> str:
    rows = {name: definition for part in parts for name, definition in part.items()}
    holders = {name: f"table {name.split()[1].split('.')[0]}" if name.startswith("column") else "" for name in rows}
    return json.dumps([[name, holders[name], definition] for name, definition in rows.items()])


def trials_of(before: str, reached: str, left: str, revision_id: str = "r2") -> DowngradeTrials:
    trials = DowngradeTrials()
    trials.take_structure(revision_id, "before", before)
    trials.take_structure(revision_id, "reached", reached)
    trials.take_structure(revision_id, "left", left)
    return trials


def test_a_type_that_stays_is_left_and_the_table_that_goes_is_lost_whole() -> None:
    [trial] = trials_of(look(BASE), look(BASE, REFUNDS), look(BASE, {"type refund_state": "open,paid"})).results()
    assert trial.left == ("type refund_state",)
    assert trial.lost == ("table refunds",)
    assert (trial.missing, trial.changed, trial.error) == ((), (), "")


def test_a_column_of_another_name_that_goes_is_missing_and_the_new_one_is_left() -> None:
    with_total = BASE | {"column orders.total": "int"}
    after = {name: kind for name, kind in with_total.items() if name != "column orders.note"}
    [trial] = trials_of(look(BASE), look(with_total), look(after)).results()
    assert trial.missing == ("column orders.note",)
    assert trial.left == ("column orders.total",)


def test_a_column_that_comes_back_in_another_type_is_changed() -> None:
    [trial] = trials_of(look(BASE), look(BASE), look(BASE | {"column orders.note": "varchar"})).results()
    assert trial.changed == ("column orders.note",)


def test_what_a_newer_revision_left_is_not_said_of_the_older_one_again() -> None:
    stays = {"type s": "a"}
    trials = trials_of(look(BASE), look(BASE, stays), look(BASE, stays), "r3")
    trials.take_structure("r2", "before", look(BASE))
    trials.take_structure("r2", "left", look(BASE, stays))
    assert [(trial.revision_id, trial.left) for trial in trials.results()] == [("r3", ("type s",)), ("r2", ())]


def test_a_downgrade_that_fails_with_and_without_rows_fails() -> None:
    trials = trials_of(look(BASE), look(BASE), look(BASE), "r3")
    assert trials.take_end("downgrade", "no column", "r2", is_second_try=False)
    assert not trials.take_end("downgrade", "no column", "r2", is_second_try=True)
    assert [(trial.revision_id, trial.error, trial.is_of_rows) for trial in trials.results()] == [
        ("r3", "", False), ("r2", "no column", False),
    ]


def test_a_downgrade_that_only_a_made_up_row_stops_is_not_said_to_fail() -> None:
    trials = DowngradeTrials()
    trials.take_structure("r2", "before", look(BASE))
    assert trials.take_end("downgrade", "invalid input syntax", "r2", is_second_try=False)
    trials.take_structure("r2", "left", look(BASE))
    assert not trials.take_end("downgrade", "", "", is_second_try=True)
    [trial] = trials.results()
    assert (trial.error, trial.is_of_rows) == ("invalid input syntax", True)


def test_a_downgrade_that_no_row_can_survive_fails() -> None:
    trials = DowngradeTrials()
    trials.take_structure("r2", "before", look(BASE))
    error = 'column "total" of relation "orders" contains null values'
    trials.take_end("downgrade", error, "r2", "ALTER TABLE orders ADD COLUMN total INTEGER NOT NULL", is_second_try=False)
    trials.take_structure("r2", "left", look(BASE))
    trials.take_end("downgrade", "", "", is_second_try=True)
    [trial] = trials.results()
    assert trial.error.endswith("contains null values")
    assert not trial.is_of_rows


def test_a_column_that_was_filled_from_made_up_values_says_nothing() -> None:
    trials = DowngradeTrials()
    trials.take_structure("r2", "before", look(BASE))
    error = 'column "code" of relation "orders" contains null values'
    trials.take_end("downgrade", error, "r2", "ALTER TABLE orders ALTER COLUMN code SET NOT NULL", is_second_try=False)
    trials.take_structure("r2", "left", look(BASE))
    trials.take_end("downgrade", "", "", is_second_try=True)
    assert trials.results()[0].is_of_rows


def test_the_second_upgrade_is_said_of_the_revision_that_it_stopped_at() -> None:
    trials = trials_of(look(BASE), look(BASE, REFUNDS), look(BASE, {"type refund_state": "open,paid"}))
    trials.take_end("downgrade", "", "", is_second_try=False)
    trials.take_end("upgrade", 'type "refund_state" already exists', "r2", is_second_try=False)
    assert trials.results()[0].upgrade_error == 'type "refund_state" already exists'


def test_what_the_trials_own_limit_cut_off_is_not_said_to_fail() -> None:
    trials = DowngradeTrials()
    trials.take_structure("r2", "before", look(BASE))
    error = "canceling statement due to statement timeout"
    assert not trials.take_end("downgrade", error, "r2", is_second_try=False)
    assert trials.results() == ()
    assert trials.note == f"the downgrade of r2 was cut off here: {error}"


def test_an_env_that_cannot_run_twice_leaves_the_way_back_not_known() -> None:
    trials = DowngradeTrials()
    assert not trials.take_end("downgrade", "KeyError: x", "", is_second_try=False)
    assert trials.results() == ()
    assert trials.note == "env.py did not run again: KeyError: x"
