"""Rows that are in production now make the statement fail (very high).

A duplicate under a new UNIQUE, a NULL under NOT NULL, a row without its partner under a foreign key: PostgreSQL stops
at the first one. Production was asked, read-only, and has such rows.

Who waits: sessions that wait for the lock, until the statement fails; then the deployment stops.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.model.risk import RiskLevel

SAFE_FORM = "# Repair the rows first, in an earlier revision and in batches; then this one."


def check(view: RevisionView) -> Iterator[Told]:
    """By the answers of production itself; a question without an answer says nothing."""
    for item in view.own:
        for question in view.facts.violated:
            if (question.revision_id, question.statement) == (item.revision_id, item.sql):
                says = f"fails on production's rows: {question.says}"
                table = question.table.replace('"', "")
                yield Danger(RiskLevel.VERY_HIGH, says, is_failure=True, table=table, safe_form=SAFE_FORM), item


RULE = RunRule("fails_on_rows", check)
