"""The SQL of what is pending, judged and saved (requirements M1, M4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deploy.model.doors import World
from deploy.model.errors import BlockedError
from deploy.model.observed import Observed
from deploy.model.risk import RevisionSql, RiskReport
from deploy.risk.judge import judge
from deploy.risk.preview import render_preview


def judge_pending(world: World, observed: Observed) -> tuple[tuple[RevisionSql, ...], RiskReport]:
    """Render every pending revision inside its image, and judge the text."""
    if observed.image is None or observed.graph is None:
        return (), RiskReport(())
    pending = observed.graph.pending(observed.database.revision_ids)
    if not pending:
        return (), RiskReport(())
    sqls = world.migrations.render_sql(
        observed.image.image_id, observed.database.revision_ids, [r.revision_id for r in pending]
    )
    return sqls, judge(sqls, observed.database)


def write_preview(path: Path, sqls: Sequence[RevisionSql], risk: RiskReport) -> Path | None:
    """Save `migration_preview.sql`; None when nothing is pending.

    Raises:
        BlockedError: the file cannot be written.
    """
    if not sqls:
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render_preview(sqls, risk), encoding="utf-8")
    except OSError as error:
        raise BlockedError(
            f"could not write {path}: {error.strerror}", hint="name another file with --output",
            reference="preview-not-written",
        ) from error
    return path
