"""A statement that refuses to run inside a transaction (very high: it fails).

CREATE INDEX CONCURRENTLY, VACUUM, REINDEX SCHEMA, ALTER SYSTEM and the like commit by themselves, so PostgreSQL
refuses them in a transaction block. Alembic opens one around every revision: such a statement belongs into
autocommit_block().

Who waits: no session; the migration fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told, first_table
from deploy.checking.risk.safe_forms import code
from deploy.checking.risk.shapes import shape_of
from deploy.model.risk import RiskLevel


def check(view: RevisionView) -> Iterator[Told]:
    """Only where it was not run: a run that failed has said so itself."""
    for item in view.own:
        if item.transaction and item.measured is None and shape_of(item.sql).must_run_alone:
            says = "cannot run inside a transaction block: PostgreSQL refuses it and the migration fails"
            form = code.concurrently(code.execute(" ".join(item.sql.split())))
            yield Danger(RiskLevel.VERY_HIGH, says, table=first_table(item.sql), safe_form=form), item


RULE = RunRule("cannot_run_in_transaction", check)
