"""A table that is rewritten more than once in one revision (medium; high where that takes long).

Each ALTER TABLE that rewrites a table rewrites all of it, and all of its indexes. Several subcommands of one ALTER
TABLE are done in a single pass: the same changes in one statement take half the time, or less.

Who waits: every reader and writer of the table, for each of the passes.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.checking.risk.safe_forms import code
from deploy.checking.statements import read_statements
from deploy.checking.statements.rewriting import joined
from deploy.checking.statements.views import AlterTable
from deploy.model.check import CheckedStatement
from deploy.model.risk import RiskLevel


def check(view: RevisionView) -> Iterator[Told]:
    """Told at the second pass; only where it is known to be one."""
    passes: dict[str, list[CheckedStatement]] = {}
    for item in view.own:
        for table in item.effects.rewrites:
            passes.setdefault(table, []).append(item)
    for table, items in passes.items():
        if len(items) > 1:
            second = items[1]
            is_long = second.seconds is None or second.seconds >= view.facts.long_hold_seconds
            yield Danger(
                RiskLevel.HIGH if is_long else RiskLevel.MEDIUM,
                f"{table} is rewritten {len(items)} times in this revision: one ALTER TABLE does it in a single "
                "pass",
                table=table,
                safe_form=_in_one(items),
            ), second


def _in_one(items: list[CheckedStatement]) -> str:
    """One ALTER TABLE with all subcommands, where all of them are one of the same table."""
    found = [statement for item in items for statement in read_statements(item.sql)]
    views = [statement.view for statement in found]
    altered = [view for view in views if isinstance(view, AlterTable)]
    if len(altered) < len(found):
        return "# one statement for all changes that rewrite the table"
    if len({view.table for view in altered}) > 1:
        return "# one ALTER TABLE for all changes that rewrite the table"
    return code.steps(("in one pass", code.patiently(code.execute(joined(found)))))


RULE = RunRule("table_rewritten_twice", check)
