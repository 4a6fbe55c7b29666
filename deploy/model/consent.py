"""What a plan needs before it is carried out, and what the operator gave."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ConsentKind = Literal["none", "yes", "typed"]


@dataclass(frozen=True)
class NeededConsent:
    """The consent that a plan needs.

    Attributes:
        kind: `none`; `yes`: y/N; `typed`: the name of what is at stake.
        name: of what is at stake: production's database, or what would be removed.
        why: in a clause, `rows will be lost`; empty where the kind is `none`.
        must_be_read: without a terminal only the id of this one plan is enough: a name that stands in a pipeline
            was written before anybody read what this migration does (requirement D2).
    """

    kind: ConsentKind
    name: str
    why: str = ""
    must_be_read: bool = False


@dataclass(frozen=True)
class Consent:
    """What the operator gave, and whether more can be asked.

    Attributes:
        is_confirmed: `--yes`, or y.
        confirmed_name: `--confirm NAME`, or typed.
        approved_plan_id: `--approve PLAN_ID`.
        has_terminal: whether somebody can be asked.
    """

    is_confirmed: bool = False
    confirmed_name: str | None = None
    approved_plan_id: str | None = None
    has_terminal: bool = False


class Answer(StrEnum):
    """What a consent is worth for a plan."""

    GIVEN = "given"
    ASK_YES = "ask-yes"
    ASK_NAME = "ask-name"
    NOBODY_TO_ASK = "nobody-to-ask"
    OTHER_NAME = "other-name"
    OTHER_PLAN = "other-plan"
