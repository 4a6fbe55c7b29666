"""What taking revisions back costs: the SQL of their downgrades, judged, and the rows behind it counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.checking.risk.comes_back_empty import comes_back_empty
from deploy.checking.risk.evidence import from_rendered
from deploy.checking.risk.facts import Facts
from deploy.checking.risk.judge import judge_run
from deploy.model.doors import World
from deploy.model.releases import Image, Revision
from deploy.model.risk import RevisionSql, RiskReport


@dataclass(frozen=True)
class DowngradeLook:
    """What is known of a downgrade before it runs.

    Attributes:
        rendered: the SQL, newest revision first.
        rows: of the tables that lose something, counted.
        losses: one sentence each; what is not known is one, too.
        loses_rows: whether rows go, or it cannot be told.
    """

    rendered: tuple[RevisionSql, ...]
    risk: RiskReport
    rows: Mapping[str, int]
    losses: tuple[str, ...]
    loses_rows: bool


def look_at_downgrade(world: World, image: Image, taken_back: Sequence[Revision]) -> DowngradeLook:
    """Read and judge; nothing in production is changed.

    Args:
        image: the one that knows the revisions.
        taken_back: newest first.
    """
    rendered = world.migrations.render_downgrade(image.image_id, [r.revision_id for r in taken_back])
    risk = _judge(world, rendered)
    losing = sorted({f.table for f in risk.findings if f.loses and f.table})
    rows = world.restores.count_rows(losing)
    unread = [sql for sql in rendered if sql.sql is None or sql.problem]
    # What could not be read or counted may lose rows as well.
    is_unsure = bool(unread) or len(rows) < len(losing)
    loses_rows = is_unsure or any(rows.values()) or any(f.loses and not f.table for f in risk.findings)
    losses = [_sentence(f.revision_id, f.loses, rows.get(f.table)) for f in risk.findings if f.loses]
    losses += [f"it is not known what {sql.revision_id} loses: {sql.problem or 'no SQL'}" for sql in unread]
    losses += comes_back_empty(rendered)
    return DowngradeLook(rendered, risk, rows, tuple(dict.fromkeys(losses)), loses_rows)


def _sentence(revision_id: str, loses: str, rows: int | None) -> str:
    counted = "rows not counted" if rows is None else f"{rows:,} rows now"
    return f"lost with {revision_id}: {loses} ({counted})"


def _judge(world: World, rendered: tuple[RevisionSql, ...]) -> RiskReport:
    """What its text does to production's schema and sizes."""
    snapshot = world.snapshots.take()
    tables = frozenset(table.name for table in snapshot.tables if table.name != "alembic_version")
    facts = Facts(
        existing_tables=tables, sizes=snapshot.sizes(), schema_sql=snapshot.schema_statements(),
        server_major=snapshot.server_major,
    )
    return judge_run(from_rendered(rendered), facts).report
