"""A downgrade after which the schema is not as it was (medium; low where it only leaves something).

The schema before the upgrade was compared with the schema after the downgrade. A column of another name that goes
takes its values with it; a column that does not come back, or not as it was, breaks the older release that the
downgrade is for.

Who waits: no session; after the downgrade older code may fail, or values are gone.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.checking.risk.words import listed
from deploy.model.risk import RiskLevel
from deploy.model.trace import DowngradeTrial

HOLDS_ROWS = ("table ", "column ", "materialized view ")


def check(view: RevisionView) -> Iterator[Told]:
    """What is missing and what is changed is one danger, what is left another."""
    trial = view.revision.downgrade
    if trial is None or (trial.error and not trial.is_of_rows):
        return
    if trial.missing or trial.changed:
        parts = [f"{listed(trial.missing)} is gone"] if trial.missing else []
        parts += [f"{listed(trial.changed)} is not as it was"] if trial.changed else []
        lost = [_with_rows(name, view) for name in trial.missing if name.startswith(HOLDS_ROWS)]
        says = f"after its downgrade the schema is not as before: {'; '.join(parts)}"
        yield Danger(RiskLevel.MEDIUM, says, loses=f"by the downgrade: {listed(lost)}" if lost else ""), None
    if trial.left and not trial.upgrade_error:
        yield Danger(RiskLevel.LOW, f"its downgrade leaves {listed(trial.left)}{_again(trial)}"), None


def _again(trial: DowngradeTrial) -> str:
    return "" if trial.error or not trial.is_upgraded_again else "; the next upgrade ran all the same"


def _with_rows(name: str, view: RevisionView) -> str:
    """`column orders.note (1,000 rows)`."""
    kind, _, shown = name.rpartition(" ")
    rows = view.present.rows(shown.rpartition(".")[0] if kind == "column" else shown)
    return name if rows is None else f"{name} ({rows:,} rows)"


RULE = RunRule("downgrade_differs", check)
