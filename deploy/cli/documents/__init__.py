"""Each command's `--json` document, typed.

The type checker holds what is emitted to it, and the end-to-end tests hold what was emitted to it. `docs/json/` has the
JSON Schemas, `docs/commands/json.md` the table (`make docs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from deploy.cli.documents import backups, deployments, looking, projects

# By what is typed; a schema's file is named likewise.
DOCUMENTS: Mapping[str, type] = MappingProxyType(
    {
        "a deployment, `rollback`, `restore`, `downgrade`, `contract`, `promote`, `resume`, `abort`, `recover`": (
            deployments.OutcomeDocument
        ),
        "any command that ends in an error": deployments.ErrorDocument,
        "`--plan` of a deployment, `rollback`, `contract`, `promote`": deployments.PlanDocument,
        "`restore --plan`": deployments.RestorePlanDocument,
        "`downgrade --plan`, `rollback --with-schema --plan`": deployments.DowngradePlanDocument,
        "`restore --to-url`": backups.RestoreElsewhereDocument,
        "`restore --tables`": backups.RestoredTablesDocument,
        "`restore discard`": backups.DiscardDocument,
        "`status`": looking.StatusDocument,
        "`health`": looking.HealthDocument,
        "`history`": deployments.HistoryDocument,
        "`history --html`": deployments.HistoryPagesDocument,
        "`report`": deployments.ReportDocument,
        "`monitor`": looking.MonitorDocument,
        "`watch`, each sample": looking.WatchSampleDocument,
        "`watch`, its end": looking.WatchEndedDocument,
        "`leftovers`": looking.LeftoversDocument,
        "`accessories`": looking.AccessoriesDocument,
        "`accessories up`": looking.AccessoryUpDocument,
        "`maintenance on`, `off`, `status`": looking.MaintenanceDocument,
        "`verify`": looking.VerifyDocument,
        "`explain`": looking.ExplainDocument,
        "`checklist`": projects.ChecklistDocument,
        "`backup list`": backups.BackupsDocument,
        "`backup list --remote`, `backup pull --list`": backups.RemoteBackupsDocument,
        "`backup create`, `show`, `verify`, `pull`": backups.BackupDocument,
        "`backup push`": backups.PushDocument,
        "`backup prune`": backups.PruneDocument,
        "`backup prune --remote`": backups.RemotePruneDocument,
        "`snapshot`": projects.SnapshotDocument,
        "`promote --save`": projects.PassedDocument,
        "`init`": projects.InitDocument,
        "`sync-db`": projects.SyncDocument,
    }
)
