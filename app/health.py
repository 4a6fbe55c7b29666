"""Can this container serve? Asked by Docker, by the edge and by the deployment."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.revisions import OLDEST_SERVED_REVISION, judge_revision

# Below the container's health check timeout (2 s): the answer is ours, not Docker's guess.
TIMEOUT_SECONDS = 1.5
# A database that answers late is slow, not gone: so long its last good answer holds. Refused is gone at once.
SLOW_DATABASE_SECONDS = 15.0

_TABLES = text("SELECT to_regclass('alembic_version') IS NOT NULL, to_regclass('schema_window') IS NOT NULL")
_VERSIONS = text("SELECT version_num FROM alembic_version")
_WINDOW = text("SELECT oldest_image_revision FROM schema_window")


@dataclass(frozen=True)
class Health:
    """The answer of ``/api/health``; `is_late`: the database did not answer in time."""

    status: str
    release: str
    image_revision: str
    database_revision: str | None = None
    detail: str | None = None
    is_late: bool = False

    @property
    def is_ok(self) -> bool:
        """Whether this container may get requests."""
        return self.status == "ok"

    def as_json(self) -> dict[str, str | None]:
        """The fields; ``detail`` only where there is something to say."""
        fields = asdict(self)
        del fields["is_late"]
        if self.detail is None:
            del fields["detail"]
        return fields


class HealthOfNow:
    """One question to the database at a time, however many ask: under load, health costs one connection.

    Args: as `observe_health`; `clock` gives seconds that never go back.
    """

    def __init__(
        self, engine: AsyncEngine, *, release: str, shipped: tuple[str, ...],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._release, self._shipped, self._clock = engine, release, shipped, clock
        self._asking: asyncio.Task[Health] | None = None
        self._last_good: tuple[float, Health] | None = None

    async def ask(self) -> Health:
        """The answer that is on its way, or a new one; never raises."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._observe())
        # A caller that hangs up must not take the answer away from the others.
        return await asyncio.shield(self._asking)

    async def _observe(self) -> Health:
        found = await observe_health(self._engine, release=self._release, shipped=self._shipped)
        now = self._clock()
        if found.is_ok:
            self._last_good = (now, found)
        elif found.is_late and self._last_good and now - self._last_good[0] < SLOW_DATABASE_SECONDS:
            return replace(self._last_good[1], detail=f"slow: {found.detail}")
        return found


async def observe_health(engine: AsyncEngine, *, release: str, shipped: tuple[str, ...]) -> Health:
    """Ask the database for its revision, and judge it; never raises, never takes long."""
    image_revision = shipped[-1]
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS), engine.connect() as connection:
            versions, window = await _read_schema(connection)
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        # The class says what kind of failure; the text could contain the address of the database.
        is_late = isinstance(error, TimeoutError)
        detail = f"database: {type(error).__name__}"
        return Health("unavailable", release, image_revision, detail=detail, is_late=is_late)
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
