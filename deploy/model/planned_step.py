"""One step of a plan as it is saved: a frozen value, read back strictly.

A plan outlives the process that made it, and perhaps the version: a deployment that died is gone on with, or taken
back, by whatever version is installed then. So a step is read before anything moves, and a field that is missing,
unknown or of another type is found there, not in the middle of the switch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:  # pydantic is imported where something is read or written: a screen does neither
    from pydantic import ConfigDict, TypeAdapter, ValidationError

STRICT: ConfigDict = {"strict": True, "extra": "forbid"}
_SAYS_OF = {"missing": "is missing", "unexpected_keyword_argument": "is not known"}

_ADAPTERS: dict[type[PlannedStep], TypeAdapter[PlannedStep]] = {}


class UndoKind(StrEnum):
    """What becomes of a step when a later one fails."""

    NOTHING_TO_UNDO = "nothing-to-undo"
    REVERTED = "reverted"
    POINT_OF_NO_RETURN = "point-of-no-return"


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A value that a plan holds: every field is named in it, and no other."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT


@dataclass(frozen=True, kw_only=True)
class PlannedStep(Saved):
    """One step: its name, what it says, and in its own fields everything that run and undo need after a crash.

    Attributes:
        name: the step's imperative name, `switch-containers`.
        says: one line for the operator.
    """

    name: str
    says: str
    undo_kind: UndoKind

    def to_fields(self) -> dict[str, Any]:
        """JSON values, as `read_step` reads them."""
        fields: dict[str, Any] = _adapter(type(self)).dump_python(self, mode="json")
        return fields


@dataclass(frozen=True, kw_only=True)
class UnreadableStep(PlannedStep):
    """A step that another version of this tool saved: it can be told of, and neither run nor taken back.

    Attributes:
        problem: what of it is not known here.
        fields: as they were saved.
    """

    problem: str
    fields: Mapping[str, Any]

    def to_fields(self) -> dict[str, Any]:
        """As it was saved."""
        return dict(self.fields)


def read_step(fields: Mapping[str, Any], kinds: Mapping[str, type[PlannedStep]]) -> PlannedStep:
    """The step that `to_fields` wrote.

    Args:
        fields: JSON values.
        kinds: by their names, the steps that this version knows.

    Returns:
        An UnreadableStep where the name is not known, or a field is missing, not known, or of another type.
    """
    from pydantic import ValidationError

    name = str(fields.get("name", ""))
    kind = kinds.get(name)
    if kind is None:
        return _unreadable(fields, f"the step {name or 'without a name'} is not known")
    try:
        step = _adapter(kind).validate_json(json.dumps(fields))
    except ValidationError as error:
        return _unreadable(fields, f"{name}: {_first_problem(error)}")
    # A default serves who makes a plan; a saved plan that lacks a field was made by somebody who did not know it.
    lacking = _lacking(step.to_fields(), fields)
    return _unreadable(fields, f"{name}: {lacking} is missing") if lacking else step


def _adapter(kind: type[PlannedStep]) -> TypeAdapter[PlannedStep]:
    from pydantic import TypeAdapter

    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _lacking(whole: Mapping[str, Any], saved: Mapping[str, Any], within: str = "") -> str:
    """The first field that was not saved, with the names of those that it lies in; empty where all were."""
    for name, value in whole.items():
        if name not in saved:
            return f"{within}{name}"
        if isinstance(value, Mapping) and isinstance(saved[name], Mapping):
            lacking = _lacking(value, saved[name], f"{within}{name}.")
            if lacking:
                return lacking
    return ""


def _unreadable(fields: Mapping[str, Any], problem: str) -> UnreadableStep:
    saved = fields.get("undo_kind")
    return UnreadableStep(
        name=str(fields.get("name", "")), says=str(fields.get("says", "")),
        undo_kind=next((kind for kind in UndoKind if kind == saved), UndoKind.REVERTED), problem=problem, fields=fields,
    )


def _first_problem(error: ValidationError) -> str:
    found = error.errors()[0]
    where = ".".join(map(str, found["loc"]))
    return f"{where} {_SAYS_OF.get(found['type'], 'is not as this version knows it: ' + found['msg'])}"
