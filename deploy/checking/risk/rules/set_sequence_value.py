"""SELECT setval(...) (high; medium where the value is computed from the rows).

Takes effect at once and is not undone by ROLLBACK. A value below the largest one in use makes the next INSERTs fail
on duplicates.

Who waits: no session; INSERT fails where the value is too low.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import calls
from deploy.checking.risk.safe_forms import objects
from deploy.checking.statements import Statement
from deploy.model.risk import RiskLevel

COMPUTED = frozenset({"max", "coalesce", "greatest", "nextval", "currval", "count"})
KNOWN = COMPUTED | {"setval", "pg_get_serial_sequence"}


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Not undone by ROLLBACK."""
    called = calls(statement) if statement.kind == "select_stmt" else set()
    if "setval" not in called or not called <= KNOWN:
        return
    name = _named(statement)
    is_computed = bool(called & COMPUTED) or bool(statement.relations)
    where = (
        "computed from the rows"
        if is_computed
        else "written here: a value below the largest one in use makes INSERT fail"
    )
    yield Danger(
        RiskLevel.MEDIUM if is_computed else RiskLevel.HIGH,
        f"sets {name or 'a sequence'} to a value {where}; ROLLBACK does not undo it",
        breaks_older_code=True,
        safe_form=objects.sequence_after_rows(name or "your_sequence"),
    )


def _named(statement: Statement) -> str:
    """The sequence, where the call writes its name out."""
    calls = (call for call in statement.calls if call.name == "setval" and call.arguments)
    named = next((call.arguments[0].constant for call in calls), "")
    return named.removeprefix("public.") if isinstance(named, str) else ""


RULE = Rule("set_sequence_value", check)
