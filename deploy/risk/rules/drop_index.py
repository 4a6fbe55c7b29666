"""DROP INDEX (requirement M1: medium)."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.model.risk import RiskLevel
from deploy.risk.circumstances import Circumstances
from deploy.risk.danger import Danger, Rule
from deploy.risk.statements import Statement, dropped_names, enum_name


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """An index that the same revision creates again was a left-over of a broken build, and is no loss."""
    if statement.kind != "drop_stmt" or enum_name(statement.node, "remove_type") != "OBJECT_INDEX":
        return
    lost = sorted(dropped_names(statement))
    if all(name.rpartition(".")[2] in circumstances.recreated_indexes for name in lost):
        return
    wait = "" if statement.node.concurrent else "; without CONCURRENTLY the table's readers and writers wait"
    yield Danger(
        RiskLevel.MEDIUM, f"drops {', '.join(lost)}: queries that use it get slow{wait}", breaks_older_code=True
    )


RULE = Rule("drop_index", check)
