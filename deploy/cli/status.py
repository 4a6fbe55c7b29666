"""`status`, in words and as JSON."""

from __future__ import annotations

import sys

import click

from deploy.cli.documents.looking import ContainerFacts, StatusDocument
from deploy.cli.left_releases import left_to_json, say_left
from deploy.cli.options import Invocation, json_option, load
from deploy.cli.render import deployment_to_json, emit, make_reporter
from deploy.cli.render_backups import backup_to_json, say_age, say_newest_verified, say_state
from deploy.model.backups import Backup
from deploy.model.containers import Container
from deploy.model.doors import Reporter
from deploy.model.errors import EXIT_BLOCKED
from deploy.model.production import NotKnown, PointState
from deploy.model.results import Status

NOTHING_NEXT = "nothing; everything that was looked at is as it must be"


@click.command("status", short_help="Show what runs, the database's revision, what is unfinished.")
@json_option
@click.pass_obj
def status_command(invocation: Invocation, has_json: bool) -> None:
    """Show what runs, the revision of the database, and what is wrong or unfinished; exit 3 if something is wrong."""
    from deploy.commands.status import read_status

    invocation.has_json |= has_json
    reporter = make_reporter(invocation.has_json)
    status = read_status(load(invocation), reporter)
    if invocation.has_json:
        emit(status_to_json(status))
    else:
        say_status(reporter, status)
    sys.exit(0 if status.is_ok else EXIT_BLOCKED)


def say_status(reporter: Reporter, status: Status) -> None:
    """One screen: what was seen, what is wrong, not known or open, and what comes next."""
    _say_release(reporter, status)
    _say_database(reporter, status)
    _say_backups(reporter, status)
    if status.last_deployment:
        last = status.last_deployment
        ago = say_age(last.started_at)
        reporter.say(f"last deployment: {last.deployment_id} {last.plan.mode} {last.state}, {ago} ago")
    for point in status.points:
        words = {PointState.WRONG: "wrong", PointState.NOT_KNOWN: "not known", PointState.OPEN: "open"}
        tell = reporter.say if point.state is PointState.OPEN else reporter.warn
        behind = f" ({point.next_command})" if point.next_command else ""
        tell(f"{words[point.state]}: {point.says}{behind}")
    reporter.say(f"next: {status.next_command or NOTHING_NEXT}")


def _say_release(reporter: Reporter, status: Status) -> None:
    production, release = status.production, status.release
    if isinstance(production.ledger, NotKnown):
        reporter.say("release: not known")
    elif production.was_never_deployed:
        reporter.say("release: none yet, nothing was deployed")
    else:
        reporter.say(f"release: {release.name} ({release.image.image_id[7:19]})" if release else "release: none")
    for gone in status.left:
        reporter.say(f"left: {gone.name} ({gone.image.image_id[7:19]}), {say_left(gone)}")
    for kind, found in (("container", production.app), ("edge", production.edge)):
        if isinstance(found, NotKnown):
            reporter.say(f"{kind}: not known")
            continue
        for c in found:
            restarts = f", restarted {c.restart_count} times" if c.restart_count else ""
            reporter.say(f"{kind}: {c.name} {c.status} {c.health} image {c.image_id[7:19]}{restarts}")
    if not isinstance(production.answer, NotKnown) and production.answer is not None:
        reporter.say(f"health endpoint: {production.answer.status}, {production.answer.elapsed_seconds * 1000:.0f} ms")


def _say_database(reporter: Reporter, status: Status) -> None:
    database = status.database
    if database is None:
        reporter.say("database: not known")
        return
    heads = ", ".join(status.image_head_ids) or "unknown"
    reporter.say(
        f"database: {database.database_name}, PostgreSQL {database.server_version}, at {database.at} (image: {heads})"
    )


def _say_backups(reporter: Reporter, status: Status) -> None:
    if isinstance(status.production.backups, NotKnown):
        reporter.say("newest backup: not known")
    elif status.backups:
        backup = status.backups[0]
        reporter.say(f"newest backup: {backup.name}, {say_age(backup.manifest.started_at)} old, {say_state(backup)}")
    else:
        reporter.say("newest backup: none")
    reporter.say(f"newest verified backup: {say_newest_verified(_newest_verified(status))}")
    kept = status.production.kept_databases
    for old in () if isinstance(kept, NotKnown) else kept:
        reporter.say(f"kept by a restore: {old.name}, {old.size_bytes:,} bytes (./scripts/deploy.sh restore discard)")


def _newest_verified(status: Status) -> Backup | None:
    return next((backup for backup in status.backups if backup.is_verified), None)


def status_to_json(status: Status) -> StatusDocument:
    """The same facts as the screen."""
    production, database, verified = status.production, status.database, _newest_verified(status)
    kept = () if isinstance(production.kept_databases, NotKnown) else production.kept_databases
    return {
        "ok": status.is_ok,
        "release": status.release.name if status.release else None,
        "image_id": status.release.image.image_id if status.release else None,
        "left": [left_to_json(release) for release in status.left],
        "containers": _containers_to_json(production.app),
        "edge": _containers_to_json(production.edge),
        "slots": None if isinstance(production.slots, NotKnown) else [
            {"name": s.name, "address": s.address, "state": s.state.value, "is_serving": s.is_up and s.is_check_passed}
            for s in production.slots
        ],
        "answer": None if isinstance(production.answer, NotKnown) or production.answer is None else {
            "status": production.answer.status, "seconds": round(production.answer.elapsed_seconds, 3),
        },
        "database": {
            "name": database.database_name, "server_version": database.server_version,
            "revisions": list(database.revision_ids),
            "revision_problem": database.revision_problem or None, "size_bytes": database.size_bytes,
        } if database else None,
        "newest_backup": backup_to_json(status.backups[0]) if status.backups else None,
        "newest_verified_backup": backup_to_json(verified) if verified else None,
        "last_deployment": deployment_to_json(status.last_deployment) if status.last_deployment else None,
        "unfinished": status.unfinished.deployment_id if status.unfinished else None,
        "is_being_watched": bool(status.unfinished and status.unfinished.is_being_watched),
        "is_under_way": production.is_under_way,
        "problems": [point.says for point in status.problems],
        "open_points": [point.says for point in status.open_points],
        "points": [
            {"area": p.area.value, "state": p.state.value, "says": p.says, "next_command": p.next_command or None}
            for p in status.points
        ],
        "next_command": status.next_command or None,
        "kept_databases": [{"name": k.name, "size_bytes": k.size_bytes} for k in kept],
    }


def _containers_to_json(found: tuple[Container, ...] | NotKnown) -> list[ContainerFacts]:
    """Empty where they are not known; `points` says so."""
    return [] if isinstance(found, NotKnown) else [
        {
            "name": c.name, "status": c.status, "health": c.health.value, "image_id": c.image_id,
            "restart_count": c.restart_count,
        }
        for c in found
    ]
