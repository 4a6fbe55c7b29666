"""A lock_timeout during CREATE INDEX CONCURRENTLY ends its waiting and leaves an invalid index behind."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.danger import Danger
from deploy.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.risk.shapes import shape_of
from deploy.risk.statements import Statement, read_statements

SAFE_FORM = """\
with op.get_context().autocommit_block():
    op.execute("SET lock_timeout = 0")
    {statement}
    op.execute("SET lock_timeout = '5s'")"""


def check(view: RevisionView) -> Iterator[Told]:
    """Where the session's lock_timeout is known and is not switched off before it."""
    has_timeout = view.facts.lock_timeout not in {"", "0"}
    for item in view.own:
        for statement in read_statements(item.sql):
            value = _lock_timeout_set_by(statement)
            if value is not None:
                has_timeout = value not in {"0", "0s", "0ms"}
        if has_timeout and shape_of(item.sql).held_tables:
            says = "waits for every older transaction; a lock_timeout meanwhile ends it and leaves an invalid index"
            form = SAFE_FORM.format(statement=f"op.execute({' '.join(item.sql.split())!r})")
            yield Danger(RiskLevel.MEDIUM, says, safe_form=form), item


def _lock_timeout_set_by(statement: Statement) -> str | None:
    if statement.kind != "variable_set_stmt" or statement.node.name.lower() != "lock_timeout":
        return None
    values = [argument.a_const for argument in statement.node.args]
    return "".join(value.sval.sval or str(value.ival.ival) for value in values) or "0"


RULE = RunRule("concurrently_with_lock_timeout", check)
