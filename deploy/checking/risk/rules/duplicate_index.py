"""An index whose columns another index begins with (advice).

PostgreSQL can use the longer index for the same queries. Two of them cost disk and time at each write.

Who waits: no session; every write is a little slower.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms.code import comment
from deploy.checking.statements import Statement
from deploy.checking.statements.views import CreateIndex
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Only the schema tells which indexes there are."""
    created = statement.view
    if not isinstance(created, CreateIndex) or created.is_unique or created.where is not None:
        return
    table = created.table
    found = known.relation(circumstances, table)
    wanted = list(created.columns)
    if not hasattr(found, "indexes") or not all(wanted):
        return
    for index in found.indexes:
        columns = [column.name for column in index.columns if column is not None]
        is_alike = index.method == created.method and not index.has_predicate
        if index.name != created.name and is_alike and columns[: len(wanted)] == wanted:
            yield Danger(
                RiskLevel.ADVICE,
                f"{index.name} begins with {', '.join(wanted)} already: this one costs time at each write and gains "
                "nothing",
                table=table,
                safe_form=comment(f"without it: {index.name} serves the same queries"),
            )
            return


RULE = Rule("duplicate_index", check)
