"""A new enum value that is used before COMMIT (very high: it fails).

PostgreSQL refuses to use a value in the transaction that added it ("unsafe use of new value"). Alembic runs all
pending revisions in one transaction unless transaction_per_migration is set, so a later revision does not help by
itself.

Who waits: nobody; the migration fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.safe_forms import objects
from deploy.checking.statements import Statement, nodes_of
from deploy.model.risk import RiskLevel


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """The value is written in a later statement of the same transaction."""
    added = {s.node.new_val: s for s in circumstances.earlier if s.kind == "alter_enum_stmt" and not s.node.old_val}
    if not added or statement.node is None:
        return
    used = sorted(set(added) & {node.sval.sval for node in nodes_of(statement, "A_Const")})
    if used:
        yield Danger(
            RiskLevel.VERY_HIGH,
            f"uses '{used[0]}' in the transaction that adds it to its type: PostgreSQL refuses that, the migration "
            "fails",
            breaks_older_code=False,
            safe_form=objects.enum_value_alone(added[used[0]]),
        )


RULE = Rule("use_of_new_enum_value", check)
