"""What the way back did: the schema before each revision, beside the schema after its downgrade."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from deploy.model.trace import DowngradeTrial

# Name -> what it belongs to, and its definition.
Structure = Mapping[str, tuple[str, str]]
# The trial's own limits: what they end was not tried, and says nothing.
CUT_OFF = ("due to statement timeout", "due to lock timeout")
HOLDS_ROWS = ("table ", "column ", "materialized view ")
# A new column without a default has no value for any row: such a downgrade fails on every table that has one. Where
# an existing column becomes NOT NULL, its values were perhaps made of others, for which the made-up ones do not fit.
CONTAINS_NULL = "contains null values"
_NEW_COLUMN = re.compile(r"\bADD\s+(?:COLUMN\s+)?(?!CONSTRAINT\b).*\bNOT\s+NULL\b", re.IGNORECASE | re.DOTALL)


def read_structure(text: str | None) -> Structure:
    """The answer of structure.sql."""
    return {name: (holder, definition) for name, holder, definition in json.loads(text or "null") or ()}


@dataclass
class DowngradeTrials:
    """Collects what tracer.py tells of the way back.

    Attributes:
        before: the schema before each revision's upgrade.
        reached / left: before and after each downgrade, in the order in which they ran.
        error / failed_revision: of the downgrade.
        first_error / first_revision: of the try on made-up rows.
        is_certain: whether it fails on any row, whatever is in it.
        upgrade_error / upgrade_revision / is_upgraded_again: of the second upgrade.
        note: why it was not tried, or not to the end.
    """

    before: dict[str, Structure] = field(default_factory=dict)
    reached: dict[str, Structure] = field(default_factory=dict)
    left: dict[str, Structure] = field(default_factory=dict)
    error: str = ""
    failed_revision: str = ""
    first_error: str = ""
    first_revision: str = ""
    is_certain: bool = False
    upgrade_error: str = ""
    upgrade_revision: str = ""
    is_upgraded_again: bool = False
    note: str = ""

    def take_structure(self, revision_id: str, when: str, text: str | None) -> None:
        """One look: `before` an upgrade, `reached` before a downgrade, `left` after it."""
        looks = {"before": self.before, "reached": self.reached, "left": self.left}[when]
        if when == "left":
            looks.pop(revision_id, None)  # a second try comes last
        looks[revision_id] = read_structure(text)

    def take_end(self, stage: str, error: str, revision_id: str, sql: str = "", *, is_second_try: bool) -> bool:
        """A stage ended; returns whether to try it once more without the made-up rows."""
        if any(words in error for words in CUT_OFF):
            self.note = f"the {stage} of {revision_id} was cut off here: {error}"
            return False
        if stage == "upgrade":
            self.upgrade_error, self.upgrade_revision, self.is_upgraded_again = error, revision_id, True
            return False
        if error and not is_second_try and revision_id:
            self.first_error, self.first_revision = error, revision_id
            self.is_certain = CONTAINS_NULL in error and bool(_NEW_COLUMN.search(sql))
            return True
        self.error, self.failed_revision = error, revision_id
        if error and not revision_id:
            self.note = f"env.py did not run again: {error}"
        return False

    def results(self) -> tuple[DowngradeTrial, ...]:
        """One for each revision whose downgrade was tried, newest first."""
        known: tuple[set[str], set[str], set[str]] = (set(), set(), set())
        found = [self._result(revision_id, known) for revision_id in self.left if revision_id in self.before]
        if self.error and self.failed_revision:
            found.append(DowngradeTrial(self.failed_revision, self._sharper_error()))
        return tuple(found)

    def _sharper_error(self) -> str:
        return self.first_error if self.first_revision == self.failed_revision else self.error

    def _result(self, revision_id: str, known: tuple[set[str], set[str], set[str]]) -> DowngradeTrial:
        before, after = self.before[revision_id], self.left[revision_id]
        reached = self.reached.get(revision_id, {})
        left = _new(after.keys() - before.keys(), known[0])
        missing = _new(before.keys() - after.keys(), known[1])
        changed = _new((n for n in before.keys() & after.keys() if before[n][1] != after[n][1]), known[2])
        gone = {n for n in reached.keys() - after.keys() - before.keys() if n.startswith(HOLDS_ROWS)}
        trial = DowngradeTrial(
            revision_id, left=_whole(left, after), missing=_whole(missing, before), changed=tuple(sorted(changed)),
            lost=_whole(gone, reached), is_upgraded_again=self.is_upgraded_again,
        )
        if revision_id == self.first_revision and not self.error:
            trial = replace(trial, error=self.first_error, is_of_rows=not self.is_certain)
        if self.upgrade_error and revision_id == self.upgrade_revision:
            trial = replace(trial, upgrade_error=self.upgrade_error)
        return trial


def _new(names: Iterable[str], known: set[str]) -> set[str]:
    """Those that no newer revision left so already."""
    found = set(names) - known
    known |= found
    return found


def _whole(names: set[str], structure: Structure) -> tuple[str, ...]:
    """Without the parts of what is named itself."""
    return tuple(sorted(name for name in names if structure[name][0] not in names))


