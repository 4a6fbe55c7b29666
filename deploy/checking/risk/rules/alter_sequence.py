"""ALTER SEQUENCE, RESTART among others (medium).

RESTART hands out numbers that rows may have already: INSERT then fails on duplicates, for everybody. A sequence that
is OWNED BY a column goes with it.

Who waits: whoever asks the sequence for a number, until COMMIT.
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
    fate = "hands out numbers that rows may have already" if words & {"restart", "increment"} else "changes its numbers"
    if words <= {"owned_by"}:
        fate = "goes with the column that owns it"
    yield Danger(
        RiskLevel.MEDIUM,
        f"{name} {fate}; whoever inserts waits until COMMIT",
        breaks_older_code="restart" in words,
        safe_form=objects.sequence_after_rows(name),
    )


RULE = Rule("alter_sequence", check)
