"""Precision and recall, and which statement of one list is which of another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

LABELS = ("block", "long", "rewrite", "loss")
GATE = frozenset({"long", "loss"})


@dataclass
class Tally:
    """Answers of one tool to one question."""

    hits: int = 0
    false_alarms: int = 0
    misses: int = 0

    def add(self, *, is_said: bool, is_true: bool) -> None:
        """Take in one answer; a no that is right counts nowhere."""
        self.hits += is_said and is_true
        self.false_alarms += is_said and not is_true
        self.misses += is_true and not is_said

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.hits + other.hits, self.false_alarms + other.false_alarms, self.misses + other.misses)

    @property
    def precision(self) -> float | None:
        """How much of what is said is true; None where nothing was said."""
        said = self.hits + self.false_alarms
        return self.hits / said if said else None

    @property
    def recall(self) -> float | None:
        """How much of what is true is said; None where nothing is true."""
        true = self.hits + self.misses
        return self.hits / true if true else None


_LITERAL = re.compile(r"'(?:[^']|'')*'|\$\d+|%\(\w+\)s|%s|\b\d+(?:\.\d+)?\b|\?")
_CAST = re.compile(r"\?::[\w ]+?(?=[,)\s]|$)")


def shape(sql: str) -> str:
    """The text without spaces, case and values: what is left when a driver's placeholders are filled in or not."""
    text = _CAST.sub("?", _LITERAL.sub("?", sql.replace("%%", "%")))
    return re.sub(r"\s+", "", text).rstrip(";").lower()


def align(texts: Sequence[str], others: Sequence[str]) -> list[int | None]:
    """For each text the position of the same statement among the others; None where there is none."""
    left, right = [shape(text) for text in texts], [shape(text) for text in others]
    found: list[int | None] = [None] * len(left)
    for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
        for offset in range(block.size):
            found[block.a + offset] = block.b + offset
    return found
