"""What a rule says of a statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.statements import Statement
from deploy.model.risk import RiskLevel


@dataclass(frozen=True)
class Danger:
    """One danger.

    Attributes:
        level: RiskLevel.ADVICE for style: reported only where it is asked for.
        says: what PostgreSQL does and what that means, in a sentence without a full stop.
        breaks_older_code: whether a release that was written before may fail on the result.
        is_unknown: whether this is said because the statement could not be judged.
        is_failure: whether the statement is known to fail in production.
        table: the table in question; its rows, bytes and lock are told beside.
        loses: what cannot be had back without a backup.
        safe_form: the same change without the danger, as Alembic code with the user's own names.
    """

    level: RiskLevel
    says: str
    breaks_older_code: bool = False
    is_unknown: bool = False
    is_failure: bool = False
    table: str = ""
    loses: str = ""
    safe_form: str = ""


@dataclass(frozen=True)
class Rule:
    """One danger that is looked for.

    Attributes:
        name: the danger's name, also its page in docs/rules.
    """

    name: str
    check: Callable[[Statement, Circumstances], Iterator[Danger]]
