"""Questions before, during and after a deployment, each with its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

Phase = Literal["before", "during", "after"]
Answered = Literal["yes", "no", "open"]
MACHINE = "machine"
PHASES: tuple[Phase, ...] = ("before", "during", "after")


@dataclass(frozen=True)
class ChecklistItem:
    """One question.

    Attributes:
        key: kebab-case; what `--answer` names it by.
        question: a sentence whose good answer is yes.
        state: `open` where nobody answered.
        says: the fact behind it, or the person's words.
        by: `machine`, a person's name, or empty where it is open.
    """

    key: str
    phase: Phase
    question: str
    state: Answered
    says: str = ""
    by: str = ""


@dataclass(frozen=True)
class StoredChecklist:
    """A list as the ledger keeps it; `deployment_id` is None where it was answered before there was one."""

    phase: Phase
    deployment_id: str | None
    at: datetime
    items: tuple[ChecklistItem, ...]


def items_to_json(items: Sequence[ChecklistItem]) -> list[dict[str, Any]]:
    """Plain values."""
    return [asdict(item) for item in items]


def items_from_json(raw: Sequence[Mapping[str, Any]]) -> tuple[ChecklistItem, ...]:
    """What `items_to_json` made."""
    return tuple(ChecklistItem(**item) for item in raw)
