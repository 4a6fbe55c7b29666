"""`explain`: what a kind of error means, where no browser is at hand."""

from __future__ import annotations

import click

from deploy.cli.documents.looking import ErrorEntryFacts, ExplainDocument
from deploy.cli.options import Invocation, json_option
from deploy.cli.render import emit
from deploy.model.error_register import SUBJECTS, entries_of, error_register, title_of
from deploy.model.error_register.entry import ErrorEntry
from deploy.model.errors import UsageError


@click.command("explain", short_help="Say what an error means and what to do, by its reference.")
@click.argument("reference", required=False)
@json_option
@click.pass_obj
def explain_command(invocation: Invocation, reference: str | None, has_json: bool) -> None:
    """Say what an error means and what to do, by its reference; without one, list all references."""
    invocation.has_json |= has_json
    entries = list(error_register().values()) if reference is None else [_entry(reference)]
    if invocation.has_json:
        document: ExplainDocument = {"errors": [_to_json(entry) for entry in entries]}
        emit(document)
    elif reference is None:
        _list()
    else:
        [entry] = entries
        click.echo(f"{entry.reference} (exit code {' or '.join(map(str, entry.exit_codes))})\n\n{entry.means}")
        click.echo(f"\nwhat to do: {entry.helps}")


def _entry(reference: str) -> ErrorEntry:
    found = error_register().get(reference)
    if found is not None:
        return found
    import difflib  # only for a word that is not known

    near = difflib.get_close_matches(reference, error_register(), 3)
    raise UsageError(
        f"no error has the reference {reference}{', but ' if near else ''}{', '.join(near)}",
        hint="./scripts/deploy.sh explain lists them", reference="unknown-reference",
    )


def _list() -> None:
    for subject in SUBJECTS:
        click.echo(f"{title_of(subject)}:")
        for entry in entries_of(subject):
            click.echo(f"  {entry.reference}")


def _to_json(entry: ErrorEntry) -> ErrorEntryFacts:
    return {
        "reference": entry.reference, "exit_codes": list(entry.exit_codes), "means": entry.means, "helps": entry.helps
    }
