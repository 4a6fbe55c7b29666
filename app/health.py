"""Can this container serve? Asked by Docker, by the edge and by the deployment."""

import asyncio
from dataclasses import asdict, dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.revisions import OLDEST_SERVED_REVISION, judge_revision

# Below the container's health check timeout (2 s): the answer is ours, not Docker's guess.
TIMEOUT_SECONDS = 1.5

_TABLES = text("SELECT to_regclass('alembic_version') IS NOT NULL, to_regclass('schema_window') IS NOT NULL")
_VERSIONS = text("SELECT version_num FROM alembic_version")
_WINDOW = text("SELECT oldest_image_revision FROM schema_window")


@dataclass(frozen=True)
class Health:
    """The answer of ``/api/health``."""

    status: str
    release: str
    image_revision: str
    database_revision: str | None = None
    detail: str | None = None

    @property
    def is_ok(self) -> bool:
        """Whether this container may get requests."""
        return self.status == "ok"

    def as_json(self) -> dict[str, str | None]:
        """The fields; ``detail`` only where there is something to say."""
        fields = asdict(self)
        if self.detail is None:
            del fields["detail"]
        return fields


async def observe_health(engine: AsyncEngine, *, release: str, shipped: tuple[str, ...]) -> Health:
    """Ask the database for its revision, and judge it; never raises, never takes long."""
    image_revision = shipped[-1]
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS), engine.connect() as connection:
            versions, window = await _read_schema(connection)
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        # The class says what kind of failure; the text could contain the address of the database.
        return Health("unavailable", release, image_revision, detail=f"database: {type(error).__name__}")
    verdict = judge_revision(
        shipped=shipped,
        oldest_served=OLDEST_SERVED_REVISION,
        database_revisions=versions,
        oldest_image_revision=window,
    )
    return Health(
        status="ok" if verdict.may_serve else "unavailable",
        release=release,
        image_revision=image_revision,
        database_revision=",".join(versions) or None,
        detail=verdict.reason,
    )


async def _read_schema(connection: AsyncConnection) -> tuple[list[str], str | None]:
    """The rows of ``alembic_version`` and ``schema_window``; absent tables are empty, not errors in a log."""
    has_versions, has_window = (await connection.execute(_TABLES)).one()
    versions = list(await connection.scalars(_VERSIONS)) if has_versions else []
    window = await connection.scalar(_WINDOW) if has_window else None
    return sorted(versions), window
