"""Today's preview of what is pending: `migration-check.sh`, `make migrate-check` (M4)."""

from __future__ import annotations

from pathlib import Path

from deploy.commands.observe import observe
from deploy.commands.preflight import check_engine
from deploy.commands.preview import judge_pending, write_preview
from deploy.commands.resolve_image import resolve_image
from deploy.commands.wiring import open_world
from deploy.model.deployments import DeployRequest, Mode
from deploy.model.doors import Reporter
from deploy.model.risk import RiskReport
from deploy.planning.gates import gate_revisions
from deploy.settings.schema import Settings


def check_migrations(
    settings: Settings, image_reference: str | None, output_path: Path, reporter: Reporter
) -> RiskReport:
    """Judge what the image would apply to the database; writes the preview beside.

    Raises:
        BlockedError: no engine, no image, no database, an unknown revision.
    """
    with open_world(settings, reporter, command="check", is_exclusive=False) as world:
        check_engine(world)
        request = DeployRequest(mode=Mode.MANUAL_MIGRATE, image_reference=image_reference)
        image = resolve_image(world, settings, request)
        observed = observe(world, settings, image, world.database.observe())
        gate_revisions(observed, request.mode)
        sqls, risk = judge_pending(world, observed)
        write_preview(output_path, sqls, risk)
        return risk
