"""What a command printed with --json, held to the document that is published for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from deploy.cli.documents import backups, deployments, looking, projects
from deploy.cli.main import SUBCOMMANDS
from deploy.cli.render import SCHEMA
from scripts.json_page import adapter_of

MODES = {"--auto-migrate", "--manual-migrate", "--skip-migrate", "--backup"}
SIMPLE: dict[str, type] = {
    "status": looking.StatusDocument, "health": looking.HealthDocument, "report": deployments.ReportDocument,
    "monitor": looking.MonitorDocument, "leftovers": looking.LeftoversDocument, "verify": looking.VerifyDocument,
    "maintenance": looking.MaintenanceDocument, "explain": looking.ExplainDocument, "init": projects.InitDocument,
    "checklist": projects.ChecklistDocument, "snapshot": projects.SnapshotDocument, "sync-db": projects.SyncDocument,
}
BACKUPS: dict[str, type] = {
    "list": backups.BackupsDocument, "push": backups.PushDocument, "prune": backups.PruneDocument,
    "create": backups.BackupDocument, "show": backups.BackupDocument, "verify": backups.BackupDocument,
    "pull": backups.BackupDocument,
}
# By a word of the command line: with it, without it.
TWO: dict[str, tuple[str, type, type]] = {
    "history": ("--html", deployments.HistoryPagesDocument, deployments.HistoryDocument),
    "accessories": ("up", looking.AccessoryUpDocument, looking.AccessoriesDocument),
}


def require_published(words: Sequence[str], document: dict[str, Any]) -> None:
    """Every field is there, of its type, and no other; a check has a schema of its own."""
    if "check" in words[:1]:
        return
    assert document.get("schema") == SCHEMA
    fields = {name: value for name, value in document.items() if name != "schema"}
    _adapter(document_of(words, fields)).validate_json(json.dumps(fields), strict=True)


def document_of(words: Sequence[str], fields: dict[str, Any]) -> type:
    """Which document this command prints."""
    if "error" in fields and "exit_code" not in fields:
        return deployments.ErrorDocument
    command = next((word for word in words if word in SUBCOMMANDS), "")
    if command in SIMPLE:
        return SIMPLE[command]
    if command == "backup":
        return _of_backup(words)
    if command in TWO:
        word, with_it, without = TWO[command]
        return with_it if word in words else without
    if command == "watch":
        return looking.WatchSampleDocument if fields["event"] == "sample" else looking.WatchEndedDocument
    return _of_deployment(command, words)


def _of_backup(words: Sequence[str]) -> type:
    verb = words[list(words).index("backup") + 1]
    if verb == "prune" and "--remote" in words:
        return backups.RemotePruneDocument
    if (verb == "list" and "--remote" in words) or (verb == "pull" and "--list" in words):
        return backups.RemoteBackupsDocument
    return BACKUPS[verb]


def _of_deployment(command: str, words: Sequence[str]) -> type:
    if command == "restore":
        for flag, document in (
            ("discard", backups.DiscardDocument), ("--to-url", backups.RestoreElsewhereDocument),
            ("--tables", backups.RestoredTablesDocument), ("--plan", deployments.RestorePlanDocument),
        ):
            if flag in words:
                return document
    if command == "promote" and "--save" in words:
        return projects.PassedDocument
    if "--plan" in words:
        is_down = command == "downgrade" or "--with-schema" in words
        return deployments.DowngradePlanDocument if is_down else deployments.PlanDocument
    if not command and not MODES & set(words):
        return looking.HealthDocument
    return deployments.OutcomeDocument


@cache
def _adapter(document: type) -> TypeAdapter[Any]:
    return adapter_of(document)
