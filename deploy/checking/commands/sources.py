"""Where migrations come from, for the check."""

from __future__ import annotations

from deploy.model.check_request import MigrationSource
from deploy.settings.schema import Settings


def image_source(settings: Settings, image_id: str) -> MigrationSource:
    """The project inside the release's image, with what its env.py is given in production."""
    database_url = settings.database_url.get_secret_value()
    return MigrationSource(
        image_id=image_id, ini_path=settings.alembic_ini, environment={"ENVIRONMENT": settings.environment},
        scheme=scheme_of(database_url), has_percent="%" in database_url,
    )


def scheme_of(database_url: str) -> str:
    """`postgresql+asyncpg`: which driver the project wants; empty where there is no URL of PostgreSQL."""
    scheme, separator, _ = database_url.partition("://")
    return scheme if separator and scheme.startswith("postgresql") else ""
