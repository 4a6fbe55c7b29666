"""ALTER SEQUENCE, RESTART among others (medium).

RESTART hands out numbers that rows may already have: INSERT then fails on duplicates, in every session. A sequence
that is OWNED BY a column goes with it.

Who waits: sessions that ask the sequence for a number, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import objects
from deploy.checking.statements import Statement
from deploy.checking.statements.objects import AlterSequence
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Numbers that were given already may come again."""
    altered = statement.view
    if not isinstance(altered, AlterSequence) or circumstances.is_new(altered.sequence.shown):
        return
    name, words = altered.sequence.shown, altered.options
    fate = "hands out numbers that rows may already have" if words & {"restart", "increment"} else "changes its numbers"
    if words <= {"owned_by"}:
        fate = "is dropped with the column that owns it"
    yield Danger(
        RiskLevel.MEDIUM,
        f"{name} {fate}; sessions that insert wait until COMMIT",
        breaks_older_code="restart" in words,
        safe_form=objects.sequence_after_rows(name),
    )


RULE = Rule("alter_sequence", check)
