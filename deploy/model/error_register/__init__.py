"""What every error means and what helps, under the reference that it bears: the register behind `docs/errors.md`.

One entry a reference. An error that is raised says what happened *here*, with names and numbers; its entry says what
that kind of error means, and what to do. `make lint` refuses a reference that is not here, and an entry that nothing
raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from deploy.model.error_register.entry import ErrorEntry

# In the order of the page.
SUBJECTS = ("deploying", "releases", "database", "backups", "restoring", "checking", "operating", "development")


@cache
def error_register() -> Mapping[str, ErrorEntry]:
    """Every entry by its reference."""
    found: dict[str, ErrorEntry] = {}
    for subject in SUBJECTS:
        for entry in entries_of(subject):
            if entry.reference in found:
                raise ValueError(f"two entries of {entry.reference}")
            found[entry.reference] = entry
    return MappingProxyType(found)


def entries_of(subject: str) -> tuple[ErrorEntry, ...]:
    """Those of one file, in their order."""
    entries: tuple[ErrorEntry, ...] = import_module(f"{__name__}.{subject}").ENTRIES
    return entries


def title_of(subject: str) -> str:
    """The heading of one file's entries on the page."""
    title: str = import_module(f"{__name__}.{subject}").TITLE
    return title
