"""The project's own checks of its data: verify/*.sql and verify/*.py, what they expect, what they found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from deploy.model.errors import UsageError

FORM = "`rows = 0`, `value >= 1`, `not shrinking` or `equal before and after`"
NOT_SHRINKING, EQUAL, PASSES = "not shrinking", "equal before and after", "passes"
_HEADER = re.compile(r"^\s*(?:--|#)\s*(?P<key>name|expect)\s*:\s*(?P<value>.+?)\s*$")
_COMPARISON = re.compile(r"(?P<what>rows|value)\s*(?P<operator>>=|<=|!=|=|<|>)\s*(?P<number>-?\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class DataCheck:
    """One file.

    Attributes:
        expectation: a comparison, `not shrinking`, `equal before and after`, or `passes` (a .py file's own word).
    """

    file_name: str
    name: str
    expectation: str

    @property
    def needs_before(self) -> bool:
        """Whether it compares with what was there before the migration."""
        return self.expectation in {NOT_SHRINKING, EQUAL}


@dataclass(frozen=True)
class DataResult:
    """What one file found.

    Attributes:
        rows: how many rows the query gave; value: the first column of the first row, or what check() returned, as text.
        digest: SHA-256 of all rows in their order.
        error: why there is no answer; is_refused: check() raised an AssertionError or returned False.
    """

    file_name: str
    rows: int = 0
    value: str | None = None
    digest: str = ""
    error: str = ""
    is_refused: bool = False

    def to_json(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> DataResult:
        """What `to_json` gave; fields of other versions are left out."""
        known = {name: raw[name] for name in cls.__dataclass_fields__ if name in raw}
        return cls(**known)


@dataclass(frozen=True)
class DataVerdict:
    """One check, judged."""

    name: str
    is_ok: bool
    says: str


class DataChecks(Protocol):
    """The project's verify directory, and a container of the release that runs it."""

    def find(self) -> tuple[DataCheck, ...]:
        """By file name; none where there is no directory.

        Raises:
            UsageError: a file without a name or an expectation, or with one that cannot be read.
        """

    def run(self, image_id: str) -> tuple[DataResult, ...]:
        """Each in a read-only transaction, in the release's own Python.

        Raises:
            StepFailed: the container could not be run, or said nothing.
        """


def read_header(file_name: str, text: str) -> DataCheck:
    """A file's name and expectation, from the comments at its head.

    Raises:
        UsageError: naming the file and what is missing.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith(("--", "#", '"""')):
            break
        if match := _HEADER.match(line):
            found.setdefault(match["key"], match["value"])
    is_python = file_name.endswith(".py")
    expectation = " ".join(found.get("expect", PASSES if is_python else "").split())
    if not expectation or ("name" not in found and not is_python):
        raise UsageError(
            f"verify/{file_name} has no `{'-- expect:' if not expectation else '-- name:'}` line at its head",
            hint=f"-- name: users never shrink, and -- expect: {FORM}", reference="data-check-without-header",
        )
    if expectation not in {NOT_SHRINKING, EQUAL} and not (is_python and expectation == PASSES):
        _require_comparison(file_name, expectation)
    return DataCheck(file_name, found.get("name", file_name), expectation)


def _require_comparison(file_name: str, expectation: str) -> None:
    if _COMPARISON.fullmatch(expectation) is None:
        raise UsageError(
            f"verify/{file_name} expects {expectation!r}, which is not an expectation", hint=FORM,
            reference="data-check-without-header",
        )


def read_comparison(expectation: str) -> tuple[str, str, float] | None:
    """`value >= 1` as its three words; None for another kind."""
    found = _COMPARISON.fullmatch(expectation)
    return (found["what"], found["operator"], float(found["number"])) if found else None
