"""A change of columns of a table whose trigger hands on whole rows (high).

`INSERT INTO history SELECT now(), NEW.*` rests on the shape of two tables. Once one of them has other columns, every
write that fires the trigger fails. A run on the scratch server tries a row (breaks_trigger); of its text alone nobody
knows whether the other table changes as well.

Who waits: no session; every write that fires the trigger may fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.schema_around import relation_named
from deploy.checking.statements import Statement
from deploy.checking.statements.commands import AddColumn, AlterColumnType, DropColumn
from deploy.model.risk import RiskLevel

WHOLE_ROW = re.compile(
    r"\b(?:NEW|OLD)\s*\.\s*\*|\(\s*(?:NEW|OLD)\s*\)\s*\.\s*\*|SELECT\s+(?:NEW|OLD)\s*;", re.IGNORECASE
)
SAFE_FORM = """\
# in the same revision: CREATE OR REPLACE FUNCTION with the columns written out instead of NEW.*, and the other table
# changed as well"""


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """By the text of the functions of the table's own triggers."""
    changed = list(circumstances.commands(statement, AddColumn, DropColumn, AlterColumnType))
    schema = circumstances.schema
    found = relation_named(schema, changed[0][1]) if changed else None
    if found is None or schema is None:
        return
    for name in found.trigger_functions:
        if any(WHOLE_ROW.search(body) for body in schema.bodies(name)):
            says = f"the trigger function {name} hands on whole rows of {found.shown}, whose columns change"
            yield Danger(
                RiskLevel.HIGH, says, breaks_older_code=True, table=found.shown, safe_form=SAFE_FORM, is_unknown=True
            )
            return


RULE = Rule("trigger_reads_whole_row", check)
