"""DROP TABLE (very high).

Rows and table are removed at once, and only a backup brings them back. ACCESS EXCLUSIVE is taken on the table, and on
every table that it refers to by a foreign key.

Who waits: every reader and writer of the table, and of those it refers to, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.words import rows_of
from deploy.checking.risk.safe_forms import expand_contract
from deploy.checking.statements import Statement
from deploy.checking.statements.views import DropTable
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Rows and table go at once; a table that this run created has none."""
    dropped = statement.view
    if not isinstance(dropped, DropTable):
        return
    lost = sorted(name for name in set(dropped.names) if not circumstances.is_new(name))
    if lost:
        rows = ", ".join(rows_of(circumstances, name) for name in lost)
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"drops {', '.join(lost)} with all rows",
            breaks_older_code=True,
            table=lost[0],
            loses=rows,
            safe_form=expand_contract.drop_table_later(lost[0]),
        )


RULE = Rule("drop_table", check)
