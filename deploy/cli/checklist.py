"""`checklist before|during|after`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

import click

from deploy.cli.documents.projects import ChecklistDocument
from deploy.cli.options import Invocation, json_option, load
from deploy.cli.render import emit, make_reporter
from deploy.model.checklist import PHASES, Answered, ChecklistItem, Phase
from deploy.model.errors import EXIT_BLOCKED, UsageError

if TYPE_CHECKING:
    from deploy.model.doors import Reporter

MARKS = {"yes": "ok  ", "no": "NO  ", "open": "?   "}


@click.command("checklist", short_help="Check what must be true before, during and after a deployment.")
@click.argument("phase", type=click.Choice(PHASES))
@click.option(
    "--answer", "given", multiple=True, metavar="KEY=yes|no[:WORDS]",
    help="A person's answer; repeat it for each question."
)
@click.option("--strict", "is_strict", is_flag=True, help="Exit 3 also if a question is open.")
@click.option("--no-store", "has_no_store", is_flag=True, help="Only show the list; do not keep it.")
@json_option
@click.pass_obj
def checklist_command(
    invocation: Invocation, phase: str, given: tuple[str, ...], is_strict: bool, has_no_store: bool, has_json: bool
) -> None:
    """Check what must be true before, during or after a deployment, and keep the answers with it.

    Exit codes: 0 every answer is yes or open; 3 an answer is no.
    """
    from deploy.commands.checklist import make_checklist, store_checklist  # keeps --help quick

    invocation.has_json |= has_json
    reporter = make_reporter(invocation.has_json)
    settings, named = load(invocation), cast("Phase", phase)
    items = make_checklist(settings, named, _answers(given), reporter)
    if sys.stdin.isatty() and not invocation.has_json:
        items = tuple(_ask(reporter, item) for item in items)
    deployment_id = None if has_no_store else store_checklist(settings, named, items)
    if invocation.has_json:
        document: ChecklistDocument = {"phase": named, "deployment": deployment_id, "items": list(items)}
        emit(document)
    else:
        _say(reporter, items, deployment_id, is_stored=not has_no_store)
    states = {item.state for item in items}
    sys.exit(EXIT_BLOCKED if "no" in states or (is_strict and "open" in states) else 0)


def _answers(given: tuple[str, ...]) -> dict[str, tuple[Answered, str]]:
    found: dict[str, tuple[Answered, str]] = {}
    for text in given:
        key, _, rest = text.partition("=")
        word, _, says = rest.partition(":")
        if word not in {"yes", "no"}:
            raise UsageError(
                f"--answer {key} is neither yes nor no", hint="--answer people-told=yes:on the board",
                reference="bad-answer",
            )
        found[key.strip()] = (cast("Answered", word), says.strip())
    return found


def _ask(reporter: Reporter, item: ChecklistItem) -> ChecklistItem:
    """An open question, to the person at the terminal; Enter leaves it open."""
    from deploy.commands.checklist import answered  # keeps --help quick

    if item.state != "open":
        reporter.say(f"{MARKS[item.state]} {item.question} {item.says}")
        return item
    word = click.prompt(f"?    {item.question} [y/n/Enter]", default="", show_default=False, err=True).strip().lower()
    if word[:1] not in {"y", "n"}:
        return item
    return answered(item, "yes" if word[0] == "y" else "no", "")


def _say(reporter: Reporter, items: tuple[ChecklistItem, ...], deployment_id: str | None, *, is_stored: bool) -> None:
    for item in items:
        by = f" ({item.by})" if item.by else ""
        reporter.say(f"{MARKS[item.state]} {item.key}: {item.question} {item.says}{by}".rstrip())
    if any(item.state == "open" for item in items):
        reporter.say("hint: answer open questions at a terminal, or with --answer KEY=yes")
    if is_stored:
        reporter.say(f"kept with {deployment_id}" if deployment_id else "kept for the next deployment")
