"""How the operator consents: the flags, the question, the error where there is nobody to ask."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import click

from deploy.model.consent import Answer, Consent, NeededConsent
from deploy.model.errors import BlockedError

if TYPE_CHECKING:
    from deploy.commands.prepared import Prepared
    from deploy.model.doors import Reporter

PROGRAM = "./scripts/deploy.sh"
# The key of click's shared `meta`: the words of the command line.
ARGUMENTS = "deploy.arguments"
_FLAGS_ALONE, _FLAGS_WITH_A_VALUE = ("--plan", "--yes"), ("--confirm", "--approve")

plan_option = click.option("--plan", "is_plan_only", is_flag=True, help="Print the plan and its id, change nothing.")
yes_option = click.option(
    "--yes", "is_confirmed", is_flag=True, help="Do not ask; never enough where a name must be typed."
)
confirm_option = click.option(
    "--confirm", "confirmed_name", metavar="NAME", help="The name of what is at stake, instead of typing it."
)
approve_option = click.option(
    "--approve", "approved_plan_id", metavar="PLAN_ID", help="Approve exactly this plan, which --plan printed."
)


def consent_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--plan`, `--yes`, `--confirm NAME`, `--approve PLAN_ID`: of every command that carries a plan out."""
    for option in (approve_option, confirm_option, yes_option, plan_option):
        function = option(function)
    return function


@dataclass(frozen=True)
class Wish:
    """What the flags of consent say.

    Attributes:
        is_plan_only: `--plan`.
    """

    is_plan_only: bool = False
    consent: Consent = field(default_factory=Consent)

    @property
    def is_said(self) -> bool:
        """Whether any of the flags was given."""
        given = self.consent
        return bool(self.is_plan_only or given.is_confirmed or given.confirmed_name or given.approved_plan_id)


def read_wish(words: Mapping[str, Any]) -> Wish:
    """The flags, and whether somebody can be asked."""
    consent = Consent(
        bool(words.get("is_confirmed")), words.get("confirmed_name"), words.get("approved_plan_id"),
        has_terminal=sys.stdin.isatty(),
    )
    return Wish(bool(words.get("is_plan_only")), consent)


def say_needed(reporter: Reporter, prepared: Prepared[Any]) -> None:
    """Which consent this plan needs, and by which words it is given."""
    needed, by_id = prepared.needed, f"--approve {prepared.plan.plan_id}"
    if needed.kind == "yes":
        reporter.say(f"    needs: a yes (y/N, --yes, or {by_id})")
    elif needed.kind == "typed":
        reporter.say(f"    needs: the name {needed.name}, typed or --confirm {needed.name}, or {by_id}: {needed.why}")


def require_consent(prepared: Prepared[Any], consent: Consent, arguments: Sequence[str]) -> None:
    """Get the consent that the plan needs.

    Args:
        arguments: the command as it was typed.

    Raises:
        BlockedError: it was not given.
    """
    answer, given = _ask(prepared.needed, prepared.answer_to, consent)
    if answer is Answer.GIVEN:
        return
    plan_id = prepared.plan.plan_id
    by_id = same_command(arguments, "--approve", plan_id)
    if answer is Answer.OTHER_PLAN:
        prepared.remember()
        raise BlockedError(
            f"plan {given.approved_plan_id} was approved, but the plan is now {plan_id}: "
            f"{prepared.changed_since(given.approved_plan_id or '')} changed since",
            hint=f"read it again, then {by_id}", reference="plan-changed",
        )
    if answer is Answer.NOBODY_TO_ASK:
        prepared.tell_approval_is_needed()
        raise _nobody(f"plan {plan_id}", prepared.needed, by_id)
    raise _refused(answer, prepared.needed, given, arguments)


def require_consent_without_plan(
    needed: NeededConsent, answer_to: Callable[[Consent], Answer], consent: Consent, arguments: Sequence[str], what: str
) -> None:
    """The same for what has no plan that could be approved by its id.

    Args:
        answer_to: what a consent is worth for it.
        what: in words, what needs it.

    Raises:
        BlockedError: it was not given.
    """
    answer, given = _ask(needed, answer_to, consent)
    if answer is Answer.GIVEN:
        return
    if answer is Answer.NOBODY_TO_ASK:
        words = ("--yes",) if needed.kind == "yes" else ("--confirm", needed.name)
        raise _nobody(what, needed, same_command(arguments, *words))
    raise _refused(answer, needed, given, arguments)


def same_command(arguments: Sequence[str], *consent: str) -> str:
    """The command as it was typed, with this consent in place of what it had."""
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        if word in _FLAGS_WITH_A_VALUE:
            next(words, None)
        elif word not in _FLAGS_ALONE and not word.startswith(tuple(f"{flag}=" for flag in _FLAGS_WITH_A_VALUE)):
            kept.append(word)
    return shlex.join([PROGRAM, *kept, *consent])


def _ask(
    needed: NeededConsent, answer_to: Callable[[Consent], Answer], consent: Consent
) -> tuple[Answer, Consent]:
    """What the consent is worth, with what was answered to the question, where one is needed."""
    answer = answer_to(consent)
    if answer is Answer.ASK_YES:
        consent = replace(consent, is_confirmed=click.confirm(f"{needed.why}: go on?", err=True))
    elif answer is Answer.ASK_NAME:
        name = click.prompt(f"{needed.why}: type the name ({needed.name}) to go on", err=True)
        consent = replace(consent, confirmed_name=name)
    else:
        return answer, consent
    return answer_to(consent), consent


def _nobody(what: str, needed: NeededConsent, command: str) -> BlockedError:
    needs = "a person's yes" if needed.kind == "yes" else f"the name {needed.name} typed"
    return BlockedError(
        f"{what} needs {needs} ({needed.why}), and there is no terminal; nothing was changed", hint=command,
        reference="approval-needed",
    )


def _refused(answer: Answer, needed: NeededConsent, given: Consent, arguments: Sequence[str]) -> BlockedError:
    if answer is Answer.OTHER_NAME:
        return BlockedError(
            f"{given.confirmed_name!r} is not {needed.name}; nothing was changed",
            hint=same_command(arguments, "--confirm", needed.name), reference="not-approved",
        )
    return BlockedError("not approved; nothing was changed", hint="", reference="not-approved")
