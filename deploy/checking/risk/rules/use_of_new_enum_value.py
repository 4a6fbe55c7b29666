"""A new enum value that is used before COMMIT (very high: it fails).

PostgreSQL refuses to use a value in the transaction that added it ("unsafe use of new value"). Alembic runs all
pending revisions in one transaction unless transaction_per_migration is set, so a later revision does not help by
itself.

Who waits: no session; the migration fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import objects
from deploy.checking.statements import Statement
from deploy.checking.statements.objects import AddEnumValue
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The value is written in a later statement of the same transaction."""
    added = {s.view.value: (s, s.view) for s in circumstances.earlier if isinstance(s.view, AddEnumValue)}
    used = sorted(set(added) & statement.string_literals) if added else []
    if used:
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"uses '{used[0]}' in the transaction that adds it to its type: PostgreSQL refuses that, the migration "
            "fails",
            breaks_older_code=False,
            safe_form=objects.enum_value_alone(*added[used[0]]),
        )


RULE = Rule("use_of_new_enum_value", check)
