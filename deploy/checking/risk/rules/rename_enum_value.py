"""ALTER TYPE ... RENAME VALUE (high).

Instant for PostgreSQL, fatal for the running release: it writes and compares the old value, which no longer exists.

Who waits: no session; the old code fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import expand_contract
from deploy.checking.statements import Statement
from deploy.checking.statements.objects import RenameEnumValue
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Older code writes and reads the old value."""
    renamed = statement.view
    if isinstance(renamed, RenameEnumValue):
        old, new = renamed.old_value, renamed.new_value
        yield Danger(
            RiskLevel.HIGH,
            f"renames the enum value {old} to {new}",
            breaks_older_code=True,
            safe_form=expand_contract.rename_enum_value(renamed.type_name, old, new),
        )


RULE = Rule("rename_enum_value", check)
