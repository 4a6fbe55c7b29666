"""CREATE OR REPLACE FUNCTION, ALTER FUNCTION (medium).

No table is locked. Whatever calls the function does something else from COMMIT on: running code, triggers, defaults.
Indexes and generated columns that were computed with the old one are not computed again.

Who waits: nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import objects, tables
from deploy.checking.risk.safe_forms.sql_text import statement_sql
from deploy.checking.statements import Statement, strings
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Callers are not known, and neither is what it does."""
    if statement.kind == "alter_function_stmt":
        names = strings(statement.node.func.objname)
        form = tables.alone(statement_sql(statement))
    elif statement.kind == "create_function_stmt" and statement.node.replace:
        names = strings(statement.node.funcname)
        form = objects.function_beside(statement)
    else:
        return
    name = ".".join(names).removeprefix("public.")
    if not circumstances.is_new(name) and _may_be_there(circumstances.schema, names):
        yield Danger(
            RiskLevel.MEDIUM,
            f"whatever calls {name} does something else from now on, running code too",
            breaks_older_code=True,
            safe_form=form,
        )


def _may_be_there(schema: Any, names: list[str]) -> bool:
    """Whether the schema is not known whole, or has such a function."""
    if schema is None or not getattr(schema, "is_complete", False):
        return True
    return bool(names) and schema.function(names[-2] if len(names) > 1 else "", names[-1]) is not None


RULE = Rule("replace_function", check)
