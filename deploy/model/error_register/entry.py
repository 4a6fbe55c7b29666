"""One entry of the register of errors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorEntry:
    """What a kind of error means, and what helps.

    Attributes:
        reference: kebab-case; the JSON output has it, and it is the anchor on the page.
        exit_codes: how a command ends that meets it; several where it depends on how far the command was.
        means: what is true when it is said, in plain sentences.
        helps: what to do, the usual way first.
    """

    reference: str
    exit_codes: tuple[int, ...]
    means: str
    helps: str
