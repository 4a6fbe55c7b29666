"""timestamp to timestamptz, or back (high).

The stored numbers mean UTC in one type and local time in the other. PostgreSQL converts them by the TimeZone of the
session that migrates: with UTC it leaves the table as it is and only rebuilds the column's indexes, with any other
zone it rewrites the whole table and shifts every value.

Who waits: every reader and writer of the table, at least for as long as its indexes on the column are built.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known, types
from deploy.checking.risk.safe_forms import tables
from deploy.checking.statements import Statement, quoted, quoted_table
from deploy.checking.statements.commands import AlterColumnType
from deploy.model.risk import RiskLevel

STAMPS = frozenset({"timestamp", "timestamptz"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The session's time zone decides what the values mean afterwards."""
    for command, table in circumstances.commands(statement, AlterColumnType):
        old = types.known_type(known.column(circumstances, table, command.name))
        new = types.written_type(command.column_type)
        if old is None or {old.name, new.name} != STAMPS:
            continue
        name = quoted(command.name)
        sql = f"ALTER TABLE {quoted_table(table)} ALTER COLUMN {name} TYPE {command.column_type.sql}"
        yield Danger(
            RiskLevel.HIGH,
            f"reads {table}.{command.name} in the time zone of the session that migrates: values shift unless it is "
            "the "
            "zone they were written in",
            breaks_older_code=True,
            table=table,
            safe_form=tables.alone("SET LOCAL TimeZone = 'UTC'", f"{sql} USING {name} AT TIME ZONE 'UTC'"),
        )


RULE = Rule("alter_column_type_time_zone", check)
