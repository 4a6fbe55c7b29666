"""A revision that reads rows before it acts (high).

On the scratch server the tables are empty, so what it does with the rows that it finds in production was not seen: a
loop over them did nothing there.

Who waits: not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.checking.statements import Statement, read_statements
from deploy.model.risk import RiskLevel


def check(view: RevisionView) -> Iterator[Told]:
    """A SELECT on a table that existed before the run, whose answer the revision gets."""
    if view.revision.is_script:
        return  # nobody reads the answers
    for item, sent in zip(view.own, view.revision.statements, strict=True):
        is_answered = item.measured is not None and not sent.is_unread
        if not is_answered or not all(_only_reads(statement) for statement in read_statements(item.sql)):
            continue
        read = [lock.relation for lock in item.effects.locks if lock.is_on_table]
        if read and not view.facts.is_empty:
            says = (
                f"reads rows of {', '.join(read)} and may act on them; the scratch server has none, so that was not "
                "seen"
            )
            yield Danger(RiskLevel.HIGH, says, is_unknown=True, breaks_older_code=True, table=read[0]), item
            return


def _only_reads(statement: Statement) -> bool:
    return statement.kind == "select_stmt" and not statement.row_changes


RULE = RunRule("reads_rows", check)
