"""What the operator types to say yes."""

from __future__ import annotations

import sys

import click

from deploy.model.errors import BlockedError


def require_name(name: str, confirmed_name: str | None, why: str) -> None:
    """Let the operator type what is at stake.

    Raises:
        BlockedError: it was another name, or there is nobody to type it.
    """
    if confirmed_name is None and sys.stdin.isatty():
        confirmed_name = click.prompt(f"{why}: type the name ({name}) to go on", err=True)
    if confirmed_name is None:
        raise BlockedError(
            f"{why}, and there is no terminal to ask on", hint=f"the same command with --confirm {name}",
            reference="approval-needed",
        )
    if confirmed_name != name:
        raise BlockedError(
            f"{confirmed_name!r} is not {name}; nothing was changed", hint=f"--confirm {name}",
            reference="not-approved",
        )
