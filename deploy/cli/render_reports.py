"""Status, history and health as words and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deploy.cli.render import deployment_to_json
from deploy.cli.render_backups import backup_to_json, say_age, say_newest_verified, say_state
from deploy.model.deployments import Deployment
from deploy.model.doors import Reporter
from deploy.model.results import HealthReport, Status


def say_health(reporter: Reporter, report: HealthReport) -> None:
    """One line a question."""
    for check in report.checks:
        reporter.say(f"{'ok  ' if check.is_ok else 'FAIL'} {check.name}: {check.says}")


def say_status(reporter: Reporter, status: Status) -> None:
    """One screen."""
    release = status.release
    reporter.say(f"release: {release.name} ({release.image.image_id[7:19]})" if release else "release: none yet")
    for c in status.containers:
        reporter.say(f"container: {c.name} {c.status} {c.health} image {c.image_id[7:19]}")
    if status.database:
        database = status.database
        at = ", ".join(database.revision_ids) or "no revision"
        heads = ", ".join(status.image_head_ids) or "unknown"
        server = f"PostgreSQL {database.server_version}"
        reporter.say(f"database: {database.database_name}, {server}, at {at} (image: {heads})")
    if status.newest_backup:
        backup = status.newest_backup
        reporter.say(f"newest backup: {backup.name}, {say_age(backup.manifest.started_at)} old, {say_state(backup)}")
    else:
        reporter.say("newest backup: none")
    reporter.say(f"newest verified backup: {say_newest_verified(status.newest_verified)}")
    for kept in status.kept_databases:
        reporter.say(f"kept by a restore: {kept.name}, {kept.size_bytes:,} bytes (./scripts/deploy.sh restore discard)")
    if status.last_deployment:
        last = status.last_deployment
        ago = say_age(last.started_at)
        reporter.say(f"last deployment: {last.deployment_id} {last.plan.mode} {last.state}, {ago} ago")
    for problem in status.problems:
        reporter.warn(problem)
    if status.unfinished:
        name = status.unfinished.deployment_id
        if status.unfinished.is_being_watched:
            reporter.warn(f"deployment {name} is being watched: ./scripts/deploy.sh abort takes it back at once")
        else:
            reporter.warn(f"deployment {name} is unfinished: ./scripts/deploy.sh resume, or abort")


def say_history(reporter: Reporter, deployments: Sequence[Deployment]) -> None:
    """One line an attempt, newest first."""
    if not deployments:
        reporter.say("nothing was deployed yet")
    for d in deployments:
        took = f"{(d.ended_at - d.started_at).total_seconds():.0f} s" if d.ended_at else "unfinished"
        exit_code = "-" if d.exit_code is None else d.exit_code
        reporter.say(
            f"{d.deployment_id}  {d.started_at:%Y-%m-%d %H:%M:%S}  {d.plan.mode:<14}  {_target(d):<12}  "
            f"{d.state:<10}  exit {exit_code}  {took:>6}  {d.actor.user_name}@{d.actor.host_name}"
        )


def health_to_json(report: HealthReport) -> dict[str, Any]:
    """The questions and the sum."""
    checks = [{"name": c.name, "ok": c.is_ok, "says": c.says} for c in report.checks]
    return {"ok": report.is_ok, "checks": checks}


def status_to_json(status: Status) -> dict[str, Any]:
    """The same facts as the screen."""
    database = status.database
    return {
        "release": status.release.name if status.release else None,
        "image_id": status.release.image.image_id if status.release else None,
        "containers": [
            {"name": c.name, "status": c.status, "health": c.health.value, "image_id": c.image_id}
            for c in status.containers
        ],
        "database": {
            "name": database.database_name, "server_version": database.server_version,
            "revisions": list(database.revision_ids), "size_bytes": database.size_bytes,
        } if database else None,
        "newest_backup": backup_to_json(status.newest_backup) if status.newest_backup else None,
        "newest_verified_backup": backup_to_json(status.newest_verified) if status.newest_verified else None,
        "last_deployment": deployment_to_json(status.last_deployment) if status.last_deployment else None,
        "unfinished": status.unfinished.deployment_id if status.unfinished else None,
        "is_being_watched": bool(status.unfinished and status.unfinished.is_being_watched),
        "problems": list(status.problems),
        "kept_databases": [{"name": k.name, "size_bytes": k.size_bytes} for k in status.kept_databases],
    }


def history_to_json(deployments: Sequence[Deployment]) -> dict[str, Any]:
    """Newest first."""
    return {"deployments": [deployment_to_json(d) for d in deployments]}


def _target(deployment: Deployment) -> str:
    return str(deployment.plan.summary.get("release", "-"))
