"""Records to make pages of: one that went well, one that was taken back, one that never ended, one that attacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.model.backups import Occasion
from deploy.model.check import CheckReport
from deploy.model.deployment_record import DeploymentRecord, LogLine
from deploy.model.deployments import (
    Actor,
    Deployment,
    DeploymentState,
    Mode,
    Plan,
    StepRecord,
    StepState,
)
from deploy.planning.check_record import check_record
from tests.fakes.fake_database import make_backup
from tests.fakes.planned_steps import any_step
from tests.unit.cli.check_report.reports import awkward_report, realistic_report, small_report

START = datetime(2026, 11, 21, 9, 0, 0, tzinfo=UTC)
STEPS = ("back-up-database", "tag-for-rollback", "migrate-database", "switch-containers", "verify-release")
B, D, F, U, V = StepState.BEGUN, StepState.DONE, StepState.FAILED, StepState.UNDO_BEGUN, StepState.UNDONE


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def entry(position: int, state: StepState, seconds: float, detail: str = "", took: float | None = None) -> StepRecord:
    return StepRecord(position, STEPS[position], state, at(seconds), detail, took)


def a_plan(check: CheckReport | None, **changes: Any) -> Plan:
    steps = tuple(any_step(name, f"{name} of release-7") for name in STEPS)
    plan = Plan(
        mode=Mode.MANUAL_MIGRATE, steps=steps, warnings=("two versions run at once for a moment",),
        summary={"project": "shop", "release": "release-7", "from": "release-6", "pending": ["0008", "0009", "0010"]},
        check=check_record(check) if check else {},
    )
    return replace(plan, **changes)


def a_record(
    journal: tuple[StepRecord, ...], state: DeploymentState, *, ended: float | None, outcome: str,
    check: CheckReport | None = None, **changes: Any,
) -> DeploymentRecord:
    exit_code = {DeploymentState.DONE: 0, DeploymentState.UNDONE: 1, DeploymentState.NOT_UNDONE: 4}.get(state)
    last = {e.position: e for e in journal}
    deployment = Deployment(
        "d0007", a_plan(check), state, Actor("ann", "vm", "run-12"), START, None if ended is None else at(ended),
        exit_code, outcome, tuple(last[p] for p in sorted(last)),
    )
    return replace(DeploymentRecord(deployment, journal), **changes)


def done_record() -> DeploymentRecord:
    backup = make_backup(
        "backup_shop_20261121T090000Z", started_at=START, revision_ids=("0007",),
        occasion=Occasion("ann", "host", "d0007"),
    )
    journal = (
        entry(0, B, 0), entry(0, D, 42, "1.4 GiB, decoded whole", 42), entry(1, B, 42), entry(1, D, 42.4, "2 tags", .4),
        entry(2, B, 42.4), entry(2, D, 71, "database is at 0010", 28.6), entry(3, B, 71),
        entry(3, D, 79.5, "release-6 → release-7", 8.5), entry(4, B, 79.5), entry(4, D, 80, "as planned", .5),
    )
    lines = tuple(LogLine(at(n), f"| INFO  [alembic.runtime.migration] Running upgrade {n}") for n in range(60))
    return a_record(
        journal, DeploymentState.DONE, ended=80, outcome="release-7 serves", check=realistic_report(),
        backups=(backup,), log_lines=lines,
        watched={"before": {"average_ms": 12.0, "waiting": 0}, "after": {"average_ms": 13.0, "failed_percent": 0.0}},
    )


def undone_record() -> DeploymentRecord:
    journal = (
        entry(0, B, 0), entry(0, D, 4, "", 4), entry(1, B, 4), entry(1, D, 5, "", 1), entry(2, B, 5),
        entry(2, F, 9, "the migration failed: it ended with exit code 1", 4), entry(2, U, 9), entry(2, V, 9.5),
        entry(1, U, 9.5), entry(1, V, 10),
    )
    return a_record(
        journal, DeploymentState.UNDONE, ended=10, outcome="failed, everything undone", check=small_report(),
        log_lines=(LogLine(at(8), "| psycopg.errors.UndefinedColumn: column does not exist"),),
    )


def unfinished_record() -> DeploymentRecord:
    return a_record((entry(0, B, 0), entry(0, D, 4), entry(1, B, 4)), DeploymentState.RUNNING, ended=None, outcome="")


def awkward_record() -> DeploymentRecord:
    """Text that would be markup, a password and very long words, in every place that holds other people's text."""
    attack = "</pre></style><script>document.title='pwned'</script><img src=http://127.0.0.1:9/x onerror=alert(1)>"
    secret = "postgresql://ann:hush-hush@db/shop"
    record = a_record(
        (entry(0, B, 0), entry(0, F, 1, f"{attack} {secret} " + "word_without_space_" * 20)),
        DeploymentState.NOT_UNDONE, ended=1, outcome=attack, check=awkward_report(),
        log_lines=(LogLine(at(0), f"{attack} {secret}"),),
        checklist={"items": [{"phase": "before", "question": attack, "state": "no", "says": secret, "by": attack}]},
    )
    plan = replace(record.deployment.plan, warnings=(attack,), summary={attack: attack, "url": secret})
    return replace(record, deployment=replace(record.deployment, plan=plan))
