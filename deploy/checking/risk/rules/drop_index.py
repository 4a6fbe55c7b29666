"""DROP INDEX (medium).

Queries that used the index read the whole table from now on; pg_stat_user_indexes.idx_scan tells whether there are
any. Without CONCURRENTLY, PostgreSQL takes ACCESS EXCLUSIVE on the table as well as on the index. A unique index was
also a guard against duplicates, and ON CONFLICT of the running code may need it; without a plain one, code only gets
slower.

Who waits: every reader and writer of the table for an instant; with CONCURRENTLY nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import indexes
from deploy.checking.statements import Statement
from deploy.checking.statements.views import DropIndex
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """An index that the same revision creates again was a left-over of a broken build, and is no loss."""
    dropped = statement.view
    if not isinstance(dropped, DropIndex):
        return
    lost = sorted(set(dropped.names))
    if all(name.rpartition(".")[2] in circumstances.recreated_indexes for name in lost):
        return
    wait = "" if dropped.is_concurrent else "; without CONCURRENTLY the table's readers and writers wait"
    found = [known.relation(circumstances, name) for name in lost]
    table = next((index.table.shown for index in found if hasattr(index, "method")), "")
    needed = _needed(
        is_unique=any(getattr(index, "is_unique", False) for index in found),
        is_known=all(hasattr(index, "method") for index in found),
    )
    yield Danger(
        RiskLevel.MEDIUM,
        f"drops {', '.join(lost)}: queries that use it get slow{needed}{wait}",
        breaks_older_code=bool(needed),
        table=table,
        safe_form=indexes.drop_concurrently(lost),
    )


def _needed(*, is_unique: bool, is_known: bool) -> str:
    """What code may need beside speed: a unique index, or one of which that is not known."""
    if is_unique:
        return ", and ON CONFLICT of older code may need it, because it is unique"
    return "" if is_known else "; if it is unique, ON CONFLICT of older code may need it"


RULE = Rule("drop_index", check)
