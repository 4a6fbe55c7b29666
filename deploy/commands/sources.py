"""Where migrations come from, for the check."""

from __future__ import annotations

from deploy.model.check_request import MigrationSource
from deploy.settings.schema import Settings


def image_source(settings: Settings, image_id: str) -> MigrationSource:
    """The project inside the release's image, with what its env.py is given in production."""
    return MigrationSource(
        image_id=image_id, ini_path=settings.alembic_ini, environment={"ENVIRONMENT": settings.environment}
    )
