"""CREATE OR REPLACE FUNCTION (medium).

No table is locked. Whatever calls the function does something else from COMMIT on: running code, triggers, defaults.
Indexes and generated columns that were computed with the old one are not computed again.

Who waits: nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.safe_forms import objects
from deploy.risk.statements import Statement, strings


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Callers are not known, and neither is what it does."""
    if statement.kind == "create_function_stmt" and statement.node.replace:
        name = ".".join(strings(statement.node.funcname)).removeprefix("public.")
        schema = circumstances.schema
        if (
            schema is not None
            and getattr(schema, "is_complete", False)
            and not _is_there(schema, strings(statement.node.funcname))
        ):
            return
        yield Danger(
            RiskLevel.MEDIUM,
            f"whatever calls {name} does something else from now on, running code too",
            breaks_older_code=True,
            safe_form=objects.function_beside(statement),
        )


def _is_there(schema: Any, names: list[str]) -> bool:
    return bool(names) and schema.function(names[-2] if len(names) > 1 else "", names[-1]) is not None


RULE = Rule("replace_function", check)
