"""Reasons not to begin. Each function is pure and raises BlockedError, or returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from deploy.model.database import DatabaseState
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.errors import BlockedError
from deploy.model.observed import Observed
from deploy.model.releases import Release, RevisionGraph
from deploy.model.risk import RiskLevel, RiskReport
from deploy.settings.schema import Settings


def gate_known_revision(database: DatabaseState) -> None:
    """What migrates, goes back or serves must know where the database is.

    Raises:
        BlockedError: it is not known, and why.
    """
    if database.revision_problem:
        raise BlockedError(
            f"the revision of database {database.database_name} is not known: {database.revision_problem}",
            hint="DEPLOY_VERSION_TABLE=schema.table in .env names the version table that this project's env.py uses",
            reference="revision-not-known",
        )


def gate_revisions(observed: Observed, mode: Mode) -> None:
    """The new image must know where the database is, and agree with itself where it should go.

    Raises:
        BlockedError: several heads, a revision that the image does not know, a read-only server.
    """
    gate_known_revision(observed.database)
    graph = observed.graph
    if graph is None:
        return
    if len(graph.head_ids) > 1 and mode is not Mode.SKIP_MIGRATE:
        raise BlockedError(
            f"the image has several Alembic heads: {', '.join(sorted(graph.head_ids))}",
            hint='join them with `alembic merge heads -m "merge"` in development, build a new image',
            reference="several-heads",
        )
    unknown = [r for r in observed.database.revision_ids if not graph.knows(r)]
    # Going back by hand (`docker tag …:backup …:latest`, then --skip-migrate) is a rollback too.
    is_going_back = mode is Mode.SKIP_MIGRATE and observed.ahead_kinds_are_expand(unknown)
    if unknown and not is_going_back:
        raise BlockedError(
            f"the database is at {', '.join(unknown)}, which the image does not know",
            hint="deploy an image that has this revision (was an older branch built?)",
            reference="unknown-revision",
        )
    if mode in {Mode.AUTO_MIGRATE, Mode.MANUAL_MIGRATE, Mode.CONTRACT} and observed.database.is_in_recovery:
        raise BlockedError(
            "the database server is a standby and cannot be migrated",
            hint="point DATABASE_URL at the primary",
            reference="database-is-standby",
        )


def gate_self_migration(settings: Settings, observed: Observed, mode: Mode) -> None:
    """An application that migrates when it starts must find nothing to migrate.

    Raises:
        BlockedError: it would migrate what this deployment skips or postpones.
    """
    graph, at = observed.graph, observed.database.revision_ids
    if not observed.migrates_at_start or graph is None:
        return
    pending = [r.revision_id for r in graph.pending(at)] if all(graph.knows(r) for r in at) else []
    would = [*observed.held_revision_ids, *(pending if mode is Mode.SKIP_MIGRATE else ())]
    if would:
        skips = "--skip-migrate skips" if mode is Mode.SKIP_MIGRATE else "this deployment postpones"
        raise BlockedError(
            f"service {settings.app_service} runs `{observed.migrates_at_start}` when it starts, and would migrate "
            f"what {skips}: {', '.join(would)}",
            hint="take it out of the start command, in the compose file or the image: the deployment migrates; or "
            "deploy with --auto-migrate or --manual-migrate",
            reference="application-migrates-itself",
        )


def gate_risk(risk: RiskReport, request: DeployRequest) -> None:
    """`--auto-migrate` is for low and medium risk, and for what was accepted with a reason (requirements D1, M1).

    Raises:
        BlockedError: the risk is higher.
    """
    accepted = RiskLevel.from_label(request.accepted_risk) if request.accepted_risk else RiskLevel.MEDIUM
    if request.mode is not Mode.AUTO_MIGRATE or risk.level <= max(accepted, RiskLevel.MEDIUM):
        return
    worst = max(risk.revisions, key=lambda revision: revision.level)
    reason = max(worst.findings, key=lambda finding: finding.level, default=None)
    why = f": {reason.says}" if reason else ""
    raise BlockedError(
        f"revision {worst.revision_id} is of {risk.level.label} risk{why}",
        hint="read it whole with ./scripts/migration-check.sh, then ./scripts/deploy.sh --manual-migrate --backup",
        reference="risk-too-high-for-auto",
    )


def gate_failure(risk: RiskReport, repairs: Sequence[str], request: DeployRequest) -> None:
    """A migration that is known to fail is repaired, not approved; only `--accept-risk very-high` goes on all the same.

    Args:
        repairs: the failing revisions with their places, as the check's advice names them.

    Raises:
        BlockedError: one fails.
    """
    is_accepted = request.accepted_risk and RiskLevel.from_label(request.accepted_risk) is RiskLevel.VERY_HIGH
    if not repairs or is_accepted:
        return
    failing = next(revision for revision in risk.revisions if revision.failure)
    raise BlockedError(
        f"revision {failing.revision_id} {failing.failure.removeprefix('it ')}",
        hint=f"repair the revision {', '.join(repairs)}, build the image again, then ./scripts/migration-check.sh",
        reference="migration-fails",
    )


def with_needed_backup(request: DeployRequest, backup: str, risk: RiskReport) -> DeployRequest:
    """A backup that is required is taken even if nobody asked for it (requirements M1).

    Args:
        backup: the check's advice: `optional`, `recommended`, `required`.

    Raises:
        BlockedError: it is required, and `--no-backup` was given.
    """
    if backup != "required" or not risk.revisions:
        return request
    if request.refuses_backup:
        raise BlockedError(
            f"this migration ({risk.level.label} risk) needs a backup, and --no-backup was given",
            hint=f"./scripts/deploy.sh --{request.mode.value} --backup",
            reference="backup-required",
        )
    return replace(request, has_backup=True)


def gate_rollback(observed: Observed, target_graph: RevisionGraph, target: Release) -> None:
    """An older release must be able to serve the schema that is there now.

    Raises:
        BlockedError: the database went ahead in a way that the older image does not know; the hint holds the choices.
    """
    gate_known_revision(observed.database)
    ahead = [r for r in observed.database.revision_ids if not target_graph.knows(r)]
    if not ahead or observed.ahead_kinds_are_expand(ahead, target_graph):
        return
    raise BlockedError(
        f"{target.name} cannot serve a database at {', '.join(ahead)}: a revision since then takes something away "
        "or could not be judged",
        hint=(
            "deploy a repaired image; or go back with the schema: "
            f"./scripts/deploy.sh rollback --to {target.number} --with-schema; or, losing what was written since, "
            "restore a backup (./scripts/deploy.sh backup list)"
        ),
        reference="rollback-blocked-by-schema",
    )
