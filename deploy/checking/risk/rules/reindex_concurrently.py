"""REINDEX CONCURRENTLY (medium).

Builds a second index beside the old one and swaps them. It blocks no session, needs the index's size on disk a second
time, waits for every older transaction, and leaves an index with _ccnew in its name where it is cut off.

Who waits: only other schema changes and VACUUM.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.table_work import Reindex
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Blocks no session, but costs time, disk and I/O."""
    rebuilt = statement.view
    if isinstance(rebuilt, Reindex) and rebuilt.is_concurrent:
        name = rebuilt.name or "every index"
        yield Danger(
            RiskLevel.MEDIUM,
            f"builds {name} a second time, and waits for every older transaction",
            table=name if rebuilt.word == "TABLE" else "",
            safe_form=tables.outside_of_transaction(statement_sql(statement)),
        )


RULE = Rule("reindex_concurrently", check)
