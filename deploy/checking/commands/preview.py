"""The check of what a deployment would apply, and `migration_preview.sql` (requirements M1, M4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.checking.commands.rates_file import rates_of_machine, read_rates
from deploy.checking.commands.sources import image_source
from deploy.model.check_request import CheckRequest
from deploy.model.doors import World
from deploy.model.errors import BlockedError
from deploy.model.observed import Observed
from deploy.model.risk import RevisionSql, RiskReport
from deploy.settings.schema import Settings

if TYPE_CHECKING:
    from deploy.checking.commands.judging import Checked


def judge_pending(world: World, settings: Settings, observed: Observed) -> Checked:
    """What migration-check.sh would say of this image and this database.

    Raises:
        BlockedError: it could not be checked.
    """
    # A second of imports, which resume, abort and rollback do not need.
    from deploy.checking.commands.judging import check_pending

    if observed.image is None:
        raise ValueError("a deployment needs an image that was looked at")
    held_at = observed.graph.head_ids if observed.graph and observed.held_revision_ids else None
    request = CheckRequest(
        image_source(world, settings, observed.image.image_id), to_ids=held_at,
        is_measured=settings.check_method == "measured",
    )
    rates = rates_of_machine(world.scratch) if request.is_measured else read_rates()
    snapshot = world.snapshots.take()
    checked = check_pending(world.scratch, request, snapshot, rates, world.reporter.log, world.snapshots)
    return replace(checked, schema=snapshot.schema_statements())


def write_preview(path: Path, sqls: Sequence[RevisionSql], risk: RiskReport) -> Path | None:
    """Save `migration_preview.sql`; None when nothing is pending.

    Raises:
        BlockedError: the file cannot be written.
    """
    from deploy.checking.risk.preview import render_preview

    if not sqls:
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render_preview(sqls, risk), encoding="utf-8")
    except OSError as error:
        raise BlockedError(
            f"could not write {path}: {error.strerror}",
            hint=f"see that {path.parent} may be written and has room: a deployment writes into "
            "DEPLOY_STATE_DIRECTORY, ./scripts/migration-check.sh where --output says",
            reference="preview-not-written",
        ) from error
    return path
