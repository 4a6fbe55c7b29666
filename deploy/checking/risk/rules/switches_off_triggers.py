"""SET session_replication_role (high).

Triggers, and with them foreign keys, no longer run for this session: whatever the migration writes is not tested, and
rows that refer to nothing stay.

Who waits: no session; wrong rows come in unseen.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import objects
from deploy.checking.statements import Statement
from deploy.checking.statements.objects import SetSetting
from deploy.model.risk import RiskLevel

SETTINGS = frozenset({"session_replication_role"})


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:  # noqa: ARG001
    """Foreign keys are triggers."""
    if isinstance(statement.view, SetSetting) and statement.view.name in SETTINGS:
        yield Danger(
            RiskLevel.HIGH,
            "switches off triggers and foreign keys for this session: rows that refer to nothing come in unseen",
            breaks_older_code=True,
            is_unknown=True,
            safe_form=objects.defer_constraints(),
        )


RULE = Rule("switches_off_triggers", check)
