"""PostgreSQL refuses the statement on this schema (very high).

It was run on a scratch server that has production's schema, or its text contradicts that schema: what it names is not
there, is there already, or is used by something else. On production the deployment would stop here.

Who waits: nobody; the migration fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.rules.reading.work import named_tables
from deploy.risk.safe_forms import hidden
from deploy.risk.statements import Statement


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """PostgreSQL's own words."""
    if circumstances.effects and circumstances.effects.error:
        table = next(iter(sorted(named_tables(statement) - {""})), "")
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"PostgreSQL refuses it on this schema: {circumstances.effects.error.strip().rstrip('.')}",
            table=table,
            breaks_older_code=False,
            safe_form=hidden.look_first(table),
        )


RULE = Rule("fails_on_this_schema", check)
