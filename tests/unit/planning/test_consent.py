"""One rule for all: command, danger, flags, terminal (docs/decisions/0024-one-consent.md)."""

from __future__ import annotations

import itertools

import pytest

from deploy.model.consent import Answer, Consent, NeededConsent
from deploy.model.deployments import Mode
from deploy.planning.consent import Danger, judge_consent, needed_consent

PLAN, NAME = "0123456789ab", "shop"
LOSS = [danger for danger in Danger if danger is not Danger.NOTHING_LOST]
ASKING = [Mode.MANUAL_MIGRATE, Mode.ROLLBACK, Mode.RESTORE, Mode.DOWNGRADE, Mode.CONTRACT, Mode.RECOVER]
SAID = [Mode.AUTO_MIGRATE, Mode.SKIP_MIGRATE, Mode.BACKUP_ONLY]

NO_FLAG = Consent()
YES = Consent(is_confirmed=True)
NAMED = Consent(confirmed_name=NAME)
APPROVED = Consent(approved_plan_id=PLAN)

# What is needed, what was given, and what it is worth: at a terminal, and without one.
ANSWERS = [
    ("none", NO_FLAG, Answer.GIVEN, Answer.GIVEN),
    ("none", YES, Answer.GIVEN, Answer.GIVEN),
    ("none", NAMED, Answer.GIVEN, Answer.GIVEN),
    ("none", APPROVED, Answer.GIVEN, Answer.GIVEN),
    ("yes", NO_FLAG, Answer.ASK_YES, Answer.NOBODY_TO_ASK),
    ("yes", YES, Answer.GIVEN, Answer.GIVEN),
    ("yes", NAMED, Answer.GIVEN, Answer.GIVEN),
    ("yes", APPROVED, Answer.GIVEN, Answer.GIVEN),
    ("typed", NO_FLAG, Answer.ASK_NAME, Answer.NOBODY_TO_ASK),
    ("typed", YES, Answer.ASK_NAME, Answer.NOBODY_TO_ASK),
    ("typed", NAMED, Answer.GIVEN, Answer.GIVEN),
    ("typed", APPROVED, Answer.GIVEN, Answer.GIVEN),
]


def test_every_command_is_in_the_table() -> None:
    assert {*ASKING, *SAID} == set(Mode)


@pytest.mark.parametrize("mode", SAID)
@pytest.mark.parametrize("danger", Danger)
def test_what_the_command_itself_asks_for_is_not_asked_again(mode: Mode, danger: Danger) -> None:
    assert needed_consent(mode, danger, NAME).kind == "none"


@pytest.mark.parametrize("mode", ASKING)
def test_where_nothing_is_lost_a_yes_is_needed(mode: Mode) -> None:
    assert needed_consent(mode, Danger.NOTHING_LOST, NAME).kind == "yes"


@pytest.mark.parametrize(("mode", "danger"), list(itertools.product(ASKING, LOSS)))
def test_where_something_is_lost_the_name_is_typed_by_every_command(mode: Mode, danger: Danger) -> None:
    needed = needed_consent(mode, danger, NAME)
    assert (needed.kind, needed.name, needed.why) == ("typed", NAME, danger.value)


@pytest.mark.parametrize(("kind", "given", "at_terminal", "without"), ANSWERS)
def test_a_consent_is_worth_the_same_for_every_plan(
    kind: str, given: Consent, at_terminal: Answer, without: Answer
) -> None:
    modes = SAID if kind == "none" else ASKING
    for mode, danger in itertools.product(modes, Danger):
        needed = needed_consent(mode, danger, NAME)
        if needed.kind == kind:
            must_be_read = danger is Danger.VERY_HIGH_RISK and kind == "typed" and given == NAMED
            assert judge_consent(needed, with_terminal(given), PLAN) is at_terminal
            assert judge_consent(needed, given, PLAN) is (Answer.NOBODY_TO_ASK if must_be_read else without)


@pytest.mark.parametrize("mode", [Mode.MANUAL_MIGRATE, Mode.CONTRACT])
def test_without_a_terminal_a_very_high_risk_is_approved_by_the_id_of_the_plan_that_was_read(mode: Mode) -> None:
    needed = needed_consent(mode, Danger.VERY_HIGH_RISK, NAME)
    assert judge_consent(needed, NAMED, PLAN) is Answer.NOBODY_TO_ASK
    assert judge_consent(needed, Consent(is_confirmed=True, confirmed_name=NAME), PLAN) is Answer.NOBODY_TO_ASK
    assert judge_consent(needed, APPROVED, PLAN) is Answer.GIVEN
    assert judge_consent(needed, with_terminal(NAMED), PLAN) is Answer.GIVEN


@pytest.mark.parametrize("kind", ["none", "yes", "typed"])
@pytest.mark.parametrize("has_terminal", [True, False])
@pytest.mark.parametrize(
    ("given", "answer"),
    [
        (Consent(approved_plan_id="other"), Answer.OTHER_PLAN),
        (Consent(approved_plan_id=""), Answer.OTHER_PLAN),
        (Consent(True, NAME, "other"), Answer.OTHER_PLAN),
        (Consent(confirmed_name="other"), Answer.OTHER_NAME),
        (Consent(confirmed_name=""), Answer.OTHER_NAME),
        (Consent(True, "other", PLAN), Answer.OTHER_NAME),
    ],
)
def test_what_was_given_must_be_right_also_where_less_would_do(
    kind: str, has_terminal: bool, given: Consent, answer: Answer
) -> None:
    needed = NeededConsent(kind, NAME)  # type: ignore[arg-type]
    assert judge_consent(needed, with_terminal(given) if has_terminal else given, PLAN) is answer


@pytest.mark.parametrize("given", ["", PLAN])
def test_what_has_no_plan_is_approved_by_no_id(given: str) -> None:
    needed = NeededConsent("typed", NAME)
    assert judge_consent(needed, Consent(approved_plan_id=given), None) is Answer.OTHER_PLAN


def with_terminal(given: Consent) -> Consent:
    return Consent(given.is_confirmed, given.confirmed_name, given.approved_plan_id, has_terminal=True)
