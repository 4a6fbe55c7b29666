"""CONCURRENTLY, VACUUM and the like inside a transaction: PostgreSQL refuses them."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.danger import Danger
from deploy.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.risk.shapes import shape_of

SAFE_FORM = """\
with op.get_context().autocommit_block():
    op.execute({sql!r})"""


def check(view: RevisionView) -> Iterator[Told]:
    """Only where it was not run: a run that failed has said so itself."""
    for item in view.own:
        if item.transaction and item.measured is None and shape_of(item.sql).must_run_alone:
            says = "cannot run inside a transaction block: PostgreSQL refuses it and the migration fails"
            form = SAFE_FORM.format(sql=" ".join(item.sql.split()))
            yield Danger(RiskLevel.VERY_HIGH, says, safe_form=form), item


RULE = RunRule("cannot_run_in_transaction", check)
