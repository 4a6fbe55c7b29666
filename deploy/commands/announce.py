"""Notices and metrics around a deployment. Nothing here raises, and nothing here changes a result."""

from __future__ import annotations

from deploy.model.deployments import Deployment, Mode, Plan
from deploy.model.doors import World
from deploy.model.errors import EXIT_DONE, EXIT_FAILED_AND_UNDONE, EXIT_INTERRUPTED, DeployError
from deploy.model.notices import Notice, NoticeKind
from deploy.model.results import DeploymentOutcome

HELP = {
    "surefoot_deployment_running": "1 while a deployment is under way or is being watched",
    "surefoot_deployment_exit_code": "Exit code of the last deployment that ended",
    "surefoot_deployment_duration_seconds": "How long it took",
    "surefoot_deployment_end_timestamp_seconds": "When it ended",
    "surefoot_release_number": "Number of the release that production runs",
}


def announce_start(world: World, plan: Plan, deployment_id: str) -> None:
    """It begins; a backup alone is only told when it fails."""
    summary = _summary(plan)
    if plan.mode is not Mode.BACKUP_ONLY:
        world.watch.notices.send(Notice(
            NoticeKind.STARTED, f"{_title(plan)}: started", f"deployment {deployment_id} ({plan.mode})\n{summary}"
        ))
    _write_metrics(world, None, is_running=True)


def announce_approval(world: World, plan: Plan) -> None:
    """It waits for a person."""
    body = f"plan {plan.plan_id} ({plan.mode})\n{_summary(plan)}\nthe same command with --approve {plan.plan_id}"
    world.watch.notices.send(Notice(NoticeKind.NEEDS_APPROVAL, f"{_title(plan)}: needs approval", body))


def announce_end(world: World, plan: Plan, outcome: DeploymentOutcome) -> None:
    """How it ended, and what is true now; nothing where another command tells that."""
    if outcome.is_handed_over:
        return
    kind = _kind(outcome)
    lines = [outcome.says, _summary(plan)]
    if outcome.failure_what:
        lines.append(f"error: {outcome.failure_what}")
    lines += [f"differs: {difference}" for difference in outcome.differs]
    if outcome.next_command:
        lines.append(f"next: {outcome.next_command}")
    title = f"{_title(plan)}: {kind.value.replace('-', ' ')}"
    if kind.is_bad or plan.mode is not Mode.BACKUP_ONLY:
        world.watch.notices.send(Notice(kind, title, "\n".join(lines)))
    _write_metrics(world, outcome.deployment, is_running=False)


def _kind(outcome: DeploymentOutcome) -> NoticeKind:
    if outcome.exit_code == EXIT_DONE:
        return NoticeKind.SUCCEEDED
    if outcome.exit_code in {EXIT_FAILED_AND_UNDONE, EXIT_INTERRUPTED}:
        return NoticeKind.ROLLED_BACK
    return NoticeKind.FAILED


def _title(plan: Plan) -> str:
    words = (plan.summary.get("project"), plan.summary.get("environment"), plan.summary.get("release"))
    return " ".join(str(word) for word in words if word)


def _summary(plan: Plan) -> str:
    names = ("release", "release_before", "image", "database_revision", "risk")
    return "\n".join(f"{name.replace('_', ' ')}: {plan.summary[name]}" for name in names if plan.summary.get(name))


def _write_metrics(world: World, ended: Deployment | None, *, is_running: bool) -> None:
    try:
        current = world.ledger.current_release()
        last = ended or next((d for d in world.ledger.deployments(5) if d.ended_at), None)
    except DeployError as error:
        world.reporter.warn(f"metrics were not written: {error.what}")
        return
    values: dict[str, float] = {"surefoot_deployment_running": float(is_running)}
    if last is not None and last.ended_at is not None:
        values["surefoot_deployment_exit_code"] = float(last.exit_code or 0)
        values["surefoot_deployment_duration_seconds"] = (last.ended_at - last.started_at).total_seconds()
        values["surefoot_deployment_end_timestamp_seconds"] = last.ended_at.timestamp()
    if current is not None:
        values["surefoot_release_number"] = float(current.number)
    world.watch.records.write_metrics(metrics_text(values))


def metrics_text(values: dict[str, float]) -> str:
    """The text format of Prometheus, version 0.0.4."""
    lines = []
    for name, value in values.items():
        lines += [f"# HELP {name} {HELP[name]}", f"# TYPE {name} gauge", f"{name} {value!r}"]
    return "\n".join(lines) + "\n"
