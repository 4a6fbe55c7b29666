"""A downgrade that leaves something in the way of the next upgrade (medium).

Upgrade, downgrade and upgrade were run one after the other. Autogenerate drops a table and leaves its enum type; the
next upgrade then stops with "already exists". After such a downgrade, the next upgrade is not possible until somebody
repairs the schema by hand.

Who waits: no session; the upgrade after a downgrade fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.checking.risk.danger import Danger
from deploy.checking.risk.run_rules.view import RevisionView, RunRule, Told
from deploy.checking.risk.safe_forms import code
from deploy.checking.risk.words import listed
from deploy.model.risk import RiskLevel

# How each kind of object is dropped; what it is behind that is its name.
DROPS = {"type": "DROP TYPE", "domain": "DROP DOMAIN", "sequence": "DROP SEQUENCE", "function": "DROP FUNCTION",
         "table": "DROP TABLE", "view": "DROP VIEW", "index": "DROP INDEX", "schema": "DROP SCHEMA"}


def check(view: RevisionView) -> Iterator[Told]:
    """With what was left, and what the downgrade should drop as well."""
    trial = view.revision.downgrade
    if trial is None or not trial.upgrade_error:
        return
    left = f"leaves {listed(trial.left)}, and " if trial.left else "runs, but "
    says = f"its downgrade {left}the next upgrade fails: {trial.upgrade_error}"
    yield Danger(RiskLevel.MEDIUM, says, safe_form=_safe_form(trial.left)), None


def _safe_form(left: tuple[str, ...]) -> str:
    parts = [item.partition(" ") for item in left]
    drops = [code.execute(f"{DROPS[kind]} {name}") for kind, _, name in parts if kind in DROPS]
    return "\n".join(["# at the end of downgrade()", *drops]) if drops else ""


RULE = RunRule("upgrade_fails_after_downgrade", check)
