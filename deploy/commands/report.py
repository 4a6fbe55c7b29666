"""One deployment, with everything that was kept of it, as a page (D12)."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.commands.checklist import checklist_of
from deploy.commands.wiring import kept_log, open_ledger, open_vault, read_watch_record
from deploy.model.backups import Backup
from deploy.model.checklist import items_to_json
from deploy.model.deployment_record import DeploymentRecord
from deploy.model.deployments import Deployment
from deploy.model.doors import Ledger
from deploy.model.errors import BlockedError, UsageError
from deploy.pages import render_deployment, render_index
from deploy.settings.schema import Settings

# The ledger closes a deployment just before its last line is said.
LAST_WORDS = timedelta(seconds=2)
PRIVATE = 0o600


def write_report(settings: Settings, deployment_id: str | None, path: Path | None) -> Path:
    """Write the page of one deployment; an older page of it is replaced.

    Args:
        deployment_id: `d0007`, `7`, or None for the newest.
        path: where to; None for `reports/d0007.html` in the state directory.

    Raises:
        BlockedError: there is no such deployment.
        UsageError: the file cannot be written.
    """
    with closing(open_ledger(settings)) as ledger:
        record = read_record(settings, ledger, _named(ledger, deployment_id))
    name = record.deployment.deployment_id
    path = path or settings.state_directory / "reports" / f"{name}.html"
    _write(path, render_deployment(record, made_at=datetime.now(UTC)), flag="--output")
    return path


def write_index(settings: Settings, path: Path, limit: int) -> tuple[Deployment, ...]:
    """Write an index of the newest deployments, and beside it the page of each.

    Args:
        path: the index; the pages go to a directory of its name without the ending.
        limit: how many.

    Raises:
        UsageError: a file cannot be written.
    """
    made_at = datetime.now(UTC)
    directory = path.with_suffix("") if path.suffix else path.with_name(f"{path.name}-pages")
    links = {}
    with closing(open_ledger(settings)) as ledger:
        deployments = ledger.deployments(limit)
        for deployment in deployments:
            page = directory / f"{deployment.deployment_id}.html"
            _write(page, render_deployment(read_record(settings, ledger, deployment), made_at=made_at), flag="--html")
            links[deployment.deployment_id] = f"{directory.name}/{page.name}"
    _write(path, render_index(deployments, links, made_at=made_at), flag="--html")
    return deployments


def _backups(settings: Settings) -> tuple[Backup, ...]:
    with open_vault(settings) as vault:
        return vault.backups.all()


def read_record(settings: Settings, ledger: Ledger, deployment: Deployment) -> DeploymentRecord:
    """Everything that was kept of it."""
    name = deployment.deployment_id
    ended_at = deployment.ended_at + LAST_WORDS if deployment.ended_at else datetime.now(UTC)
    return DeploymentRecord(
        deployment=deployment,
        journal=ledger.journal_of(name),
        backups=tuple(backup for backup in _backups(settings) if backup.manifest.occasion.deployment_id == name),
        log_lines=kept_log(settings, deployment.started_at, ended_at),
        watched=read_watch_record(settings, name),
        checklist={"items": items_to_json(items)} if (items := checklist_of(ledger, deployment)) else {},
    )


def _named(ledger: Ledger, deployment_id: str | None) -> Deployment:
    if deployment_id is None:
        newest = ledger.deployments(1)
        if not newest:
            raise BlockedError(
                "nothing was deployed yet", hint="./scripts/deploy.sh --auto-migrate", reference="no-deployment"
            )
        return newest[0]
    found = ledger.deployment(deployment_id)
    if found is None:
        raise BlockedError(
            f"there is no deployment {deployment_id}", hint="./scripts/deploy.sh history", reference="no-deployment"
        )
    return found


def _write(path: Path, text: str, *, flag: str) -> None:
    """Whole or not at all, and readable by the owner alone: a page holds SQL and host names.

    Args:
        flag: of the command, which names another place.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.touch(mode=PRIVATE)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", hint=f"name another file with {flag}",
            reference="report-not-written",
        ) from None
