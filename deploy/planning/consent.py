"""Which consent a plan needs, and whether it was given (docs/decisions/0024-one-consent.md). Pure."""

from __future__ import annotations

from enum import StrEnum

from deploy.model.consent import Answer, Consent, ConsentKind, NeededConsent
from deploy.model.deployments import Mode

# Their flags ask for exactly this, and what they may do has gates of its own (`planning/gates.py`).
SAID_BY_THE_COMMAND = frozenset({Mode.AUTO_MIGRATE, Mode.SKIP_MIGRATE, Mode.BACKUP_ONLY})


class Danger(StrEnum):
    """The worst that a plan does, by its value what the operator is told."""

    NOTHING_LOST = "production is changed"
    VERY_HIGH_RISK = "very high risk"
    ROWS_LOST = "rows will be lost, or this is not known"
    WRITTEN_SINCE_LOST = "what was written since the backup will be gone"
    GONE_FOR_EVER = "it will be gone for ever"


def needed_consent(mode: Mode, danger: Danger, name: str) -> NeededConsent:
    """Nothing to fear: a yes; something is lost, or the risk is very high: the typed name.

    Args:
        name: of what is at stake.
    """
    if mode in SAID_BY_THE_COMMAND:
        return NeededConsent("none", name)
    kind: ConsentKind = "yes" if danger is Danger.NOTHING_LOST else "typed"
    return NeededConsent(kind, name, danger.value, must_be_read=danger is Danger.VERY_HIGH_RISK)


def judge_consent(needed: NeededConsent, consent: Consent, plan_id: str | None) -> Answer:
    """Whether it is enough. What was given must be right, also where less would do.

    Args:
        plan_id: None where no plan can be approved by its id.
    """
    if consent.approved_plan_id is not None and consent.approved_plan_id != plan_id:
        return Answer.OTHER_PLAN
    if consent.confirmed_name is not None and consent.confirmed_name != needed.name:
        return Answer.OTHER_NAME
    is_typed = consent.confirmed_name is not None and (consent.has_terminal or not needed.must_be_read)
    is_named = consent.approved_plan_id is not None or is_typed
    if is_named or needed.kind == "none" or (needed.kind == "yes" and consent.is_confirmed):
        return Answer.GIVEN
    if not consent.has_terminal:
        return Answer.NOBODY_TO_ASK
    return Answer.ASK_YES if needed.kind == "yes" else Answer.ASK_NAME
