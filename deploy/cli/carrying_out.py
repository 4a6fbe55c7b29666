"""One way from a plan to its end: show it, get its consent, carry it out, tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from deploy.cli.consent import Wish, require_consent, same_command, say_needed
from deploy.cli.options import Invocation

if TYPE_CHECKING:
    from deploy.commands.prepared import Prepared
    from deploy.model.doors import Reporter

DetailsT = TypeVar("DetailsT")


@dataclass(frozen=True)
class Presentation(Generic[DetailsT]):
    """How the plans of one command are shown, in words and as their JSON document."""

    say: Callable[[Reporter, Prepared[DetailsT]], None]
    to_json: Callable[[Prepared[DetailsT]], Mapping[str, object]]


def carry_out(
    preparing: AbstractContextManager[Prepared[DetailsT]], shown: Presentation[DetailsT], invocation: Invocation,
    wish: Wish,
) -> int:
    """Show, ask, execute, tell; returns the exit code.

    Raises:
        BlockedError: the consent was not given.
    """
    from deploy.cli.render import emit, make_reporter, outcome_to_json, say_outcome

    reporter = make_reporter(invocation.has_json)
    with preparing as prepared:
        if not (invocation.has_json and wish.is_plan_only):
            shown.say(reporter, prepared)
            say_needed(reporter, prepared)
        if wish.is_plan_only:
            prepared.remember()
            if invocation.has_json:
                emit(shown.to_json(prepared))
            else:
                reporter.say(f"next: {same_command(invocation.arguments, '--approve', prepared.plan.plan_id)}")
            return 0
        require_consent(prepared, wish.consent, invocation.arguments)
        outcome = prepared.execute()
    if invocation.has_json:
        emit(outcome_to_json(outcome))
    else:
        say_outcome(reporter, outcome)
    return outcome.exit_code
