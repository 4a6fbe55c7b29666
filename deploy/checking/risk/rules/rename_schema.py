"""ALTER SCHEMA RENAME (high).

No table is locked at all, so no lock_timeout helps: from COMMIT on, every query that names the schema fails, in all
running code at once.

Who waits: no session; all code that names the schema fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.rules.reading import known
from deploy.checking.risk.safe_forms import expand_contract
from deploy.checking.statements import Statement
from deploy.checking.statements.views import RenameSchema
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """No lock, and all code breaks at once."""
    renamed = statement.view
    if isinstance(renamed, RenameSchema):
        old, new = renamed.old_name, renamed.new_name
        yield Danger(
            RiskLevel.HIGH,
            f"renames the schema {old} to {new}: every query that names it fails, and no lock_timeout helps",
            breaks_older_code=True,
            safe_form=expand_contract.schema_beside(old, new, known.tables_in(circumstances, old)),
        )


RULE = Rule("rename_schema", check)
