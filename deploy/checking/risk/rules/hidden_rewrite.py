"""A table is rewritten, though the statement does not show it (high).

The run on the scratch server saw PostgreSQL rewrite the table and its indexes: by a DO block, a function, or a
subcommand that looks harmless.

Who waits: every reader and writer of the table, for as long as it is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading.work import rewrites, says_nothing
from deploy.checking.risk.safe_forms import hidden
from deploy.checking.statements import Statement, quoted_table
from deploy.checking.statements.views import AlterTable
from deploy.model.risk import RiskLevel

REWRITES_BY_NAME = frozenset(
    {
        "AT_AddColumn",
        "AT_AlterColumnType",
        "AT_SetLogged",
        "AT_SetUnLogged",
        "AT_SetAccessMethod",
        "AT_SetExpression",
        "AT_SetTableSpace",
    }
)


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Seen in the effects only."""
    altered = statement.view
    if not rewrites(circumstances) or not (says_nothing(statement) or isinstance(altered, AlterTable)):
        return
    if isinstance(altered, AlterTable) and any(command.kind in REWRITES_BY_NAME for command in altered.commands):
        return
    for table in rewrites(circumstances):
        yield Danger(
            RiskLevel.HIGH,
            f"rewrites {table} and all its indexes, which the text of the statement does not show",
            table=table,
            safe_form=hidden.written_out(
                [f"ALTER TABLE {quoted_table(table)} ALTER COLUMN your_column TYPE your_type"]
            ),
        )


RULE = Rule("hidden_rewrite", check)
