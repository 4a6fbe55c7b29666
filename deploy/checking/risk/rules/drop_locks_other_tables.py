"""A DROP that locks tables which it does not name (medium).

The triggers of a foreign key sit on both tables, and a partition's bounds belong to its parent. Dropping a table, a
column or a constraint therefore takes ACCESS EXCLUSIVE on the other side too: often a table that is busier than the
one that goes.

Who waits: every reader and writer of the other tables, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.rules.reading.work import is_named, named_tables, other_locks
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, statement_sql
from deploy.checking.statements.commands import DropColumn
from deploy.checking.statements.views import DropTable
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The other side is busier than the one that goes, as a rule."""
    is_table = isinstance(statement.view, DropTable)
    is_column = any(True for _ in circumstances.commands(statement, DropColumn))
    if not (is_table or is_column):
        return
    named = named_tables(statement)
    below = {child for name in named for child in known.partitions(circumstances, name)}
    others = {lock.relation for lock in other_locks(statement, circumstances)}
    if is_table:
        others |= {name for table in named for name in _referred_to(table, circumstances)}
    for other in sorted(others - below):
        if not is_named(other, named):
            first = min(named, default="")
            links = _links(first, other, circumstances)
            form = tables.drop_links_first(links, statement_sql(statement)) if links else ""
            yield Danger(
                RiskLevel.MEDIUM,
                f"locks {other} as well, for readers and writers: a foreign key or a partition ties {first} to it",
                table=other,
                safe_form=form or tables.alone(statement_sql(statement)),
            )


def _links(first: str, other: str, circumstances: Circumstances) -> list[tuple[str, str]]:
    """Table and name of every foreign key between the two."""
    tables_found = [known.relation(circumstances, name) for name in (first, other)]
    if not all(hasattr(found, "foreign_keys") for found in tables_found):
        return []
    one, two = tables_found
    return [
        (own.shown, key.name) for own, target in ((one, two), (two, one)) for key in own.foreign_keys()
        if key.target is target
    ]


def _referred_to(table: str, circumstances: Circumstances) -> set[str]:
    found = known.relation(circumstances, table)
    if not hasattr(found, "foreign_keys") or circumstances.is_new(table):
        return set()
    linked = {key.target.shown for key in found.foreign_keys() if key.target is not None and key.target is not found}
    return linked | ({found.parent.shown} if found.parent is not None else set())


RULE = Rule("drop_locks_other_tables", check)
