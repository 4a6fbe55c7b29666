"""COPY (high into a table, medium out of one).

COPY FROM adds rows that no line of the migration shows, from a file or a program of the server. COPY TO reads the
whole table and hands it out.

Who waits: sessions that insert the same keys, until COMMIT.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import rows
from deploy.checking.statements import Statement
from deploy.checking.statements.table_work import CopyRows
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """What comes in is not in the migration."""
    copied = statement.view
    if not isinstance(copied, CopyRows):
        return
    table = copied.table
    place = copied.place or ("standard input" if copied.is_into_table else "standard output")
    if copied.is_into_table and not copied.place and circumstances.shows_rows and not circumstances.is_new(table):
        yield Danger(RiskLevel.LOW, f"adds the rows that stand behind it to {table}", table=table)
    elif copied.is_into_table and not circumstances.is_new(table):
        yield Danger(
            RiskLevel.HIGH,
            f"adds rows to {table} that no line here shows, from {place}",
            breaks_older_code=True,
            table=table,
            is_unknown=copied.is_program,
            safe_form=rows.written_out(table),
        )
    elif not copied.is_into_table:
        source = table or "a query"
        yield Danger(
            RiskLevel.MEDIUM,
            f"hands out the rows of {source} to {place}",
            table=table,
            is_unknown=copied.is_program,
            safe_form="# by hand, outside of the migration: psql -c '\\copy …'",
        )


RULE = Rule("copy_rows", check)
