"""Checklists before, during and after a deployment: the machine answers what it can see, a person the rest (S4)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta

from deploy.commands.health import health_of
from deploy.commands.observe import observe_actor
from deploy.commands.promote import STAGING, passed_image
from deploy.commands.status import read_status
from deploy.commands.wiring import open_ledger, open_world
from deploy.model.checklist import MACHINE, Answered, ChecklistItem, Phase, StoredChecklist
from deploy.model.deployments import Deployment, DeploymentState, StepState
from deploy.model.doors import Ledger, Reporter
from deploy.model.errors import DeployError, UsageError
from deploy.model.production import NotKnown
from deploy.model.results import Status
from deploy.settings.schema import Settings

BACKUP_AGE = timedelta(hours=24)
# An answer of the machine: yes or no, and the fact; None where only a person can say it here.
Seen = tuple[bool, str] | None
Question = Callable[[Settings, Status, Reporter], Seen]


def make_checklist(
    settings: Settings, phase: Phase, answers: Mapping[str, tuple[Answered, str]], reporter: Reporter
) -> tuple[ChecklistItem, ...]:
    """All items of a phase, answered as far as machine and answers go.

    Args:
        answers: key -> yes or no, and words, from a person. What the machine sees, nobody can say otherwise.

    Raises:
        UsageError: an answer to no question, or to one that the machine answers.
    """
    status = read_status(settings, reporter)
    user_name = observe_actor().user_name
    items = []
    for key, (text, question) in QUESTIONS[phase].items():
        seen = _ask(question, settings, status, reporter) if question else None
        if seen is not None:
            items.append(ChecklistItem(key, phase, text, "yes" if seen[0] else "no", seen[1], MACHINE))
        elif key in answers:
            items.append(ChecklistItem(key, phase, text, *answers[key], user_name))
        else:
            items.append(ChecklistItem(key, phase, text, "open"))
    _require_answerable(answers, items, phase)
    return tuple(items)


def answered(item: ChecklistItem, state: Answered, says: str) -> ChecklistItem:
    """The same question, answered by the person who is here."""
    return ChecklistItem(item.key, item.phase, item.question, state, says, observe_actor().user_name)


def store_checklist(settings: Settings, phase: Phase, items: tuple[ChecklistItem, ...]) -> str | None:
    """Keep it; returns the deployment that it belongs to. One from before waits for the next deployment.

    Raises:
        UsageError: `during` or `after`, and nothing was ever deployed.
    """
    with closing(open_ledger(settings)) as ledger:
        deployment_id = None
        if phase != "before":
            newest = ledger.deployments(1)
            if not newest:
                raise UsageError(
                    "nothing was deployed yet", hint="./scripts/deploy.sh checklist before", reference="no-deployment"
                )
            deployment_id = newest[0].deployment_id
        ledger.record_checklist(StoredChecklist(phase, deployment_id, datetime.now(UTC), items))
    return deployment_id


def checklist_of(ledger: Ledger, deployment: Deployment) -> tuple[ChecklistItem, ...]:
    """The last list of each phase that belongs to it; `before` is the last one since the deployment before."""
    started_before = [
        d.started_at for d in ledger.deployments(1000)
        if d.started_at < deployment.started_at and d.deployment_id != deployment.deployment_id
    ]
    since = max(started_before, default=datetime.min.replace(tzinfo=UTC))
    chosen: dict[str, StoredChecklist] = {}
    for stored in ledger.checklists():
        is_before = stored.deployment_id is None and since < stored.at <= deployment.started_at
        if is_before or stored.deployment_id == deployment.deployment_id:
            chosen[stored.phase] = stored
    return tuple(item for phase in QUESTIONS if phase in chosen for item in chosen[phase].items)


def _ask(question: Question, settings: Settings, status: Status, reporter: Reporter) -> Seen:
    try:
        return question(settings, status, reporter)
    except DeployError as error:
        return False, error.what


def _require_answerable(
    answers: Mapping[str, object], items: list[ChecklistItem], phase: Phase
) -> None:
    by_key = {item.key: item for item in items}
    for key in answers:
        if key not in by_key or by_key[key].by == MACHINE:
            mine = ", ".join(item.key for item in items if item.by != MACHINE)
            why = "is a question that the machine answers" if key in by_key else f"is not a question of `{phase}`"
            raise UsageError(f"{key} {why}", hint=f"a person answers: {mine}", reference="bad-answer")


def _nothing_unfinished(settings: Settings, status: Status, reporter: Reporter) -> Seen:  # noqa: ARG001
    if isinstance(status.production.ledger, NotKnown):
        return False, f"not known: {status.production.ledger.why}"
    found = status.unfinished
    return found is None, f"{found.deployment_id} is" if found else "nothing is unfinished"


def _healthy(settings: Settings, status: Status, reporter: Reporter) -> Seen:  # noqa: ARG001
    if status.production.was_never_deployed and not status.problems:
        return True, "nothing was deployed yet"
    report = health_of(status)
    return report.is_ok, "; ".join(f"{c.name}: {c.says}" for c in report.checks if not c.is_ok) or "all answer"


def _as_recorded(settings: Settings, status: Status, reporter: Reporter) -> Seen:  # noqa: ARG001
    says = "; ".join(point.says for point in status.problems)
    return status.is_ok, says or "ledger, containers, edge, database, images and backups agree"


def _backup_kept(settings: Settings, status: Status, reporter: Reporter) -> Seen:  # noqa: ARG001
    if isinstance(status.production.backups, NotKnown):
        return False, f"not known: {status.production.backups.why}"
    backup = next(iter(status.backups), None)
    if backup is None:
        return False, "there is none; --backup makes one"
    hours = (datetime.now(UTC) - backup.manifest.started_at) / timedelta(hours=1)
    return hours * timedelta(hours=1) <= BACKUP_AGE, f"{backup.name}, {hours:.1f} h old"


def _disk(settings: Settings, status: Status, reporter: Reporter) -> Seen:  # noqa: ARG001
    free = shutil.disk_usage(settings.project_directory).free
    if status.database is None:
        return False, "the size of the database is not known: it does not answer"
    database = status.database.size_bytes
    gib, reserve = 1024**3, settings.reserve_disk_bytes
    says = f"{free / gib:.1f} GiB free; the database has {database / gib:.1f}, the reserve {reserve / gib:.1f}"
    return free - database > reserve, says


def _tried_in_staging(settings: Settings, status: Status, reporter: Reporter) -> Seen:  # noqa: ARG001
    """Where staging is another machine, a person knows."""
    try:
        passed = passed_image(settings.project_directory, STAGING)
    except DeployError as error:
        return None if error.reference == "environment-unknown" else (False, error.what)
    return True, f"{passed.release} ({passed.image_id[7:19]}) passed in {passed.deployment_id}"


def _no_failed_step(settings: Settings, status: Status, reporter: Reporter) -> Seen:  # noqa: ARG001
    last = status.last_deployment
    failed = [step.name for step in last.steps if step.state is StepState.FAILED] if last else []
    return not failed, f"failed: {', '.join(failed)}" if failed else f"{last.deployment_id if last else 'none'}: none"


def _nobody_blocks(settings: Settings, status: Status, reporter: Reporter) -> Seen:  # noqa: ARG001
    with open_world(settings, reporter, command="checklist", is_exclusive=False) as world:
        found = world.database.blockers()
    return not found, "; ".join(found) or "no lock is held for long"


def _ended_well(settings: Settings, status: Status, reporter: Reporter) -> Seen:  # noqa: ARG001
    last = status.last_deployment
    return last is not None and last.state is DeploymentState.DONE, (
        f"{last.deployment_id}: {last.outcome or last.state.value}" if last else "nothing was deployed"
    )


def _at_head(settings: Settings, status: Status, reporter: Reporter) -> Seen:  # noqa: ARG001
    if status.database is None:
        return False, "the database does not answer"
    now, heads = sorted(status.database.revision_ids), sorted(status.image_head_ids)
    return now == heads, f"at {', '.join(now) or 'no revision'}; the release has {', '.join(heads) or 'none'}"


QUESTIONS: dict[Phase, dict[str, tuple[str, Question | None]]] = {
    "before": {
        "nothing-unfinished": ("is no deployment unfinished?", _nothing_unfinished),
        "healthy-now": ("does what runs answer well?", _healthy),
        "as-recorded": ("is production as the ledger says?", _as_recorded),
        "recent-backup": ("is a backup of the last 24 hours kept?", _backup_kept),
        "disk-free": ("is there enough disk for a backup and the reserve?", _disk),
        "tried-in-staging": ("did this release pass in staging?", _tried_in_staging),
        "check-read": ("did somebody read the migration check to its end?", None),
        "quiet-hour": ("is it a quiet hour for the users?", None),
        "people-told": ("have the people been told who must know?", None),
        "somebody-can-restore": ("is somebody available who can restore the backup?", None),
    },
    "during": {
        "no-failed-step": ("did every step so far end well?", _no_failed_step),
        "nobody-blocks": ("is no lock held for long?", _nobody_blocks),
        "log-normal": ("is the application's log as usual?", None),
    },
    "after": {
        "ended-well": ("did the deployment end well?", _ended_well),
        "healthy-after": ("does what runs answer well?", _healthy),
        "schema-at-head": ("is the database at the revision of the release?", _at_head),
        "as-recorded": ("is production as the ledger says?", _as_recorded),
        "nobody-blocks": ("is no lock held for long?", _nobody_blocks),
        "core-functions": ("were the core functions tried by hand?", None),
        "log-watched": ("was the log watched for ten minutes?", None),
        "people-told": ("have the people been told that it is done?", None),
    },
}
