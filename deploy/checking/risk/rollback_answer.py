"""Whether there is a way back: answered by what the downgrades did when they were tried."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.checking.risk.evidence import PendingRevision
from deploy.checking.risk.words import listed
from deploy.model.check import Answer, CheckedStatement
from deploy.model.risk import RiskReport
from deploy.model.trace import DowngradeTrial

QUESTION = "Is there a rollback plan?"
BACKUP = "make a backup"
NOTHING_TRIED = "nothing was tried"


def answer_rollback(
    revisions: Sequence[PendingRevision], risk: RiskReport, statements: Sequence[CheckedStatement]
) -> Answer:
    """The worst of what is known; never "yes" for a downgrade that nobody tried."""
    working = [revision for revision in revisions if revision.has_work]
    without = [revision.revision_id for revision in working if revision.has_downgrade is False]
    if without:
        return Answer(QUESTION, f"no: {listed(without)} cannot be downgraded; {BACKUP}", is_good=False)
    trials = [revision.downgrade for revision in working if revision.downgrade]
    bad = next((says for trial in trials if (says := _why_not(trial))), "")
    if bad:
        return Answer(QUESTION, f"no: {bad}", is_good=False)
    untried = [revision for revision in working if not revision.downgrade]
    if untried:
        return _not_tried(untried)
    return _way_back(trials, risk, statements)


def _why_not(trial: DowngradeTrial) -> str:
    if trial.error and not trial.is_of_rows:
        return f"the downgrade of {trial.revision_id} fails: {trial.error}; {BACKUP}"
    if trial.missing:
        gone = listed(trial.missing)
        return f"the downgrade of {trial.revision_id} removes {gone}, which was there before; {BACKUP}"
    if trial.upgrade_error:
        return f"after the downgrade of {trial.revision_id} the next upgrade fails: {trial.upgrade_error}"
    return ""


def _not_tried(untried: Sequence[PendingRevision]) -> Answer:
    names = listed([revision.revision_id for revision in untried])
    why = next((revision.no_downgrade for revision in untried if revision.no_downgrade), NOTHING_TRIED)
    if all(revision.has_downgrade is None for revision in untried):
        says = f"not known: no downgrade of {names} could be read; {BACKUP}"
    else:
        says = f"not known: the downgrade of {names} was not tried, because {why}; {BACKUP}"
    return Answer(QUESTION, says, is_good=False, is_known=False)


def _way_back(
    trials: Sequence[DowngradeTrial], risk: RiskReport, statements: Sequence[CheckedStatement]
) -> Answer:
    """All of it ran; what does not come back, and what goes on the way, is named."""
    gone = [
        drop.identity.removeprefix("public.") for item in statements if item.is_loss for drop in item.effects.drops
        if drop.kind in {"table", "table column", "materialized view", "foreign table"}
    ]
    gone += [name for item in statements if item.is_truncated for name in item.effects.new_files]
    changed = [name for item in statements for name in item.changed_tables]
    changed += [f.table for f in risk.findings if f.loses and f.table and not gone]
    if gone or changed:
        lost = [f"the content of {listed(gone)}"] if gone else []
        lost += [f"the old values of rows of {listed(changed)}"] if changed else []
        says = f"no: the downgrades run, but only a backup brings back {' and '.join(lost)}"
        return Answer(QUESTION, says, is_good=False)
    of_rows = next((trial for trial in trials if trial.is_of_rows), None)
    if of_rows:
        says = f"not known: the downgrade of {of_rows.revision_id} ran on empty tables, and stopped at a made-up row"
        return Answer(QUESTION, f"{says}: {of_rows.error}; {BACKUP}", is_good=False, is_known=False)
    tried = "the downgrade and a second upgrade were tried"
    if not all(trial.is_upgraded_again for trial in trials):
        tried = "the downgrade was tried, a second upgrade was not"
    other = [f"{name} stays" for trial in trials for name in trial.left]
    other += [f"{name} is not as it was" for trial in trials for name in trial.changed]
    if other:
        return Answer(QUESTION, f"yes, but not completely: {tried}; {listed(other)}", is_good=None)
    lost = [name for trial in trials for name in trial.lost]
    yes = f"yes: {tried}"
    if lost:
        yes += f"; going back drops {listed(lost)} with what was written there since"
    return Answer(QUESTION, yes if lost else f"{yes}, and nothing is lost", is_good=True)
