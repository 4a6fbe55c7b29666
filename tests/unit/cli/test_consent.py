"""Asking, and what an error says where there is nobody to ask: one way for every command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import click
import pytest

from deploy.cli.consent import (
    read_wish,
    require_consent,
    require_consent_without_plan,
    same_command,
    say_needed,
)
from deploy.cli.main import SUBCOMMANDS, deploy_command
from deploy.commands.prepared import Prepared
from deploy.model.consent import Consent, ConsentKind, NeededConsent
from deploy.model.deployments import Mode, Plan
from deploy.model.errors import EXIT_BLOCKED, BlockedError
from tests.fakes.fake_world import FakeReporter, FakeWorld

NAME = "shop"
PLAN = Plan(Mode.RESTORE, (), {"database": NAME, "project": "shop"})
TYPED = ("restore", "backup_1", "--in-place")
CONSENT_FLAGS = {"--plan", "--yes", "--confirm", "--approve"}
WITH_PLANS = ("rollback", "promote", "contract", "restore", "downgrade")


def prepared(kind: ConsentKind, plan: Plan = PLAN) -> Prepared[None]:
    def never(_plan: Plan) -> Any:
        raise AssertionError("it was carried out")

    return Prepared(plan, NeededConsent(kind, NAME, "it hurts"), None, FakeWorld("r1").world, never)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], list[str]]:
    """What the person answers to a question; gives the questions."""

    def answering(with_: Any) -> list[str]:
        asked: list[str] = []

        def answer(question: str, **_: Any) -> Any:
            asked.append(question)
            return with_

        monkeypatch.setattr(click, "confirm", answer)
        monkeypatch.setattr(click, "prompt", answer)
        return asked

    return answering


@pytest.mark.parametrize("name", ["deploy", *WITH_PLANS])
def test_every_command_that_carries_a_plan_out_has_the_same_four_flags(name: str) -> None:
    command = deploy_command if name == "deploy" else deploy_command.get_command(cast("Any", None), name)
    if name == "restore":
        command = cast("click.Group", command).commands[""]
    assert command is not None
    helps = {flag: o.help for o in command.params if isinstance(o, click.Option) for flag in o.opts}
    own = {flag: o.help for o in deploy_command.params if isinstance(o, click.Option) for flag in o.opts}
    assert set(helps) >= CONSENT_FLAGS
    assert {flag: helps[flag] for flag in CONSENT_FLAGS} == {flag: own[flag] for flag in CONSENT_FLAGS}


def test_a_yes_is_asked_at_a_terminal_and_a_no_is_a_refusal(answers: Callable[[Any], list[str]]) -> None:
    at_terminal = Consent(has_terminal=True)
    asked = answers(True)
    require_consent(prepared("yes"), at_terminal, TYPED)
    assert len(asked) == 1
    answers(False)
    with pytest.raises(BlockedError) as refused:
        require_consent(prepared("yes"), at_terminal, TYPED)
    assert refused.value.reference == "not-approved"


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_a_name_is_asked_at_a_terminal_whatever_yes_says(
    is_confirmed: bool, answers: Callable[[Any], list[str]]
) -> None:
    consent = Consent(is_confirmed=is_confirmed, has_terminal=True)
    asked = answers(NAME)
    require_consent(prepared("typed"), consent, TYPED)
    assert NAME in asked[0]
    answers("y")
    with pytest.raises(BlockedError) as refused:
        require_consent(prepared("typed"), consent, TYPED)
    assert refused.value.reference == "not-approved"


@pytest.mark.parametrize(
    "consent", [Consent(confirmed_name=NAME), Consent(approved_plan_id=PLAN.plan_id), Consent(True, NAME, PLAN.plan_id)]
)
def test_what_was_given_by_a_flag_is_not_asked_for(
    consent: Consent, answers: Callable[[Any], list[str]]
) -> None:
    asked = answers("never")
    for kind in ("none", "yes", "typed"):
        require_consent(prepared(kind), replace(consent, has_terminal=True), TYPED)
    assert asked == []


@pytest.mark.parametrize("kind", ["yes", "typed"])
def test_without_a_terminal_the_error_is_the_command_that_comes_next_and_people_are_told(kind: ConsentKind) -> None:
    plan = prepared(kind)
    with pytest.raises(BlockedError) as refused:
        require_consent(plan, Consent(is_confirmed=kind == "typed"), ("--env", "staging", *TYPED, "--yes"))
    assert refused.value.reference == "approval-needed"
    assert refused.value.exit_code == EXIT_BLOCKED
    assert refused.value.hint == (
        f"./scripts/deploy.sh --env staging restore backup_1 --in-place --approve {PLAN.plan_id}"
    )
    [notice] = cast("Any", plan._world.watch.notices).sent
    assert PLAN.plan_id in notice.body


@pytest.mark.parametrize("kind", ["none", "yes", "typed"])
def test_another_plan_is_refused_and_what_changed_is_named(kind: ConsentKind, tmp_path: Path) -> None:
    before = replace(prepared(kind), _parts={"the image": "1", "the backup": "b"}, _state_directory=tmp_path)
    before.remember()
    after = replace(
        before, plan=Plan(Mode.RESTORE, (), {"database": NAME, "x": 1}), _parts={"the image": "2", "the backup": "b"}
    )
    with pytest.raises(BlockedError) as refused:
        require_consent(after, Consent(approved_plan_id=PLAN.plan_id), (*TYPED, "--approve", PLAN.plan_id))
    assert refused.value.reference == "plan-changed"
    assert "the image changed since" in refused.value.what
    assert refused.value.hint.endswith(f"restore backup_1 --in-place --approve {after.plan.plan_id}")
    assert PLAN.plan_id not in refused.value.hint
    assert (tmp_path / "plans" / f"{after.plan.plan_id}.json").exists(), "it may be the next one that is approved"


@pytest.mark.parametrize("kind", ["none", "yes", "typed"])
def test_another_name_is_refused_everywhere(kind: ConsentKind) -> None:
    with pytest.raises(BlockedError) as refused:
        require_consent(prepared(kind), Consent(confirmed_name="other"), (*TYPED, "--confirm=other"))
    assert refused.value.reference == "not-approved"
    assert refused.value.hint.endswith("restore backup_1 --in-place --confirm shop")


@pytest.mark.parametrize(("kind", "flag"), [("yes", "--yes"), ("typed", "--confirm shop")])
def test_what_has_no_plan_names_the_flag_that_is_enough(kind: ConsentKind, flag: str) -> None:
    from deploy.planning.consent import judge_consent

    needed = NeededConsent(kind, NAME, "it hurts")
    with pytest.raises(BlockedError) as refused:
        require_consent_without_plan(
            needed, lambda consent: judge_consent(needed, consent, None), Consent(), ("recover",), "writing the ledger"
        )
    assert (refused.value.reference, refused.value.hint) == ("approval-needed", f"./scripts/deploy.sh recover {flag}")


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["rollback", "--to", "7"], "rollback --to 7 --approve P"),
        (["--plan", "--manual-migrate", "--yes"], "--manual-migrate --approve P"),
        (["restore", "b", "--confirm", "shop", "--approve=old", "--json"], "restore b --json --approve P"),
        (["--auto-migrate", "--accept-risk", "high", "--reason", "two of us"],
         "--auto-migrate --accept-risk high --reason 'two of us' --approve P"),
    ],
)
def test_the_next_command_is_the_same_with_another_consent(arguments: list[str], command: str) -> None:
    assert same_command(arguments, "--approve", "P") == f"./scripts/deploy.sh {command}"


@pytest.mark.parametrize("kind", ["yes", "typed"])
def test_a_printed_plan_says_what_it_needs(kind: ConsentKind) -> None:
    reporter = FakeReporter()
    say_needed(reporter, prepared(kind))
    [line] = reporter.said
    assert f"--approve {PLAN.plan_id}" in line
    assert ("--yes" in line, f"--confirm {NAME}" in line) == (kind == "yes", kind == "typed")


def test_a_plan_that_needs_nothing_asks_for_nothing() -> None:
    reporter = FakeReporter()
    say_needed(reporter, prepared("none"))
    assert reporter.said == []


@pytest.mark.parametrize(
    "word", [{"is_plan_only": True}, {"is_confirmed": True}, {"confirmed_name": "a"}, {"approved_plan_id": "b"}]
)
def test_each_flag_of_consent_counts_as_said(word: dict[str, Any]) -> None:
    assert read_wish(word).is_said


def test_flags_are_read_as_they_were_given() -> None:
    wish = read_wish({"is_plan_only": True, "is_confirmed": True, "confirmed_name": "a", "approved_plan_id": "b"})
    consent = wish.consent
    assert (wish.is_plan_only, consent.is_confirmed, consent.confirmed_name, consent.approved_plan_id) == (
        True, True, "a", "b",
    )
    assert wish.is_said
    assert not read_wish({}).is_said
    assert set(WITH_PLANS) <= set(SUBCOMMANDS)
