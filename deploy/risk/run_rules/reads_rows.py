"""A revision that reads rows before it acts: on the scratch server there are none, so what it would do was not seen."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.danger import Danger
from deploy.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.risk.statements import read_statements


def check(view: RevisionView) -> Iterator[Told]:
    """A SELECT on a table that existed before the run."""
    for item in view.own:
        if item.measured is None or not all(s.kind == "select_stmt" for s in read_statements(item.sql)):
            continue
        read = [lock.relation for lock in item.effects.locks if lock.is_on_table]
        if read and not view.facts.is_empty:
            says = (
                f"reads rows of {', '.join(read)} and may act on them; the scratch server has none, so that was not seen"
            )
            yield Danger(RiskLevel.HIGH, says, is_unknown=True, breaks_older_code=True, table=read[0]), item
            return


RULE = RunRule("reads_rows", check)
