"""The application: engines, routes, and how they begin and end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import async_sessionmaker

from app.database import open_engine
from app.health import observe_health
from app.routes import router
from app.settings import read_settings
from app.shipped_revisions import read_shipped_revisions


def create_app() -> FastAPI:
    """The application for this process; it starts without a database and says so in its health."""
    settings = read_settings()
    shipped = read_shipped_revisions()
    engine = open_engine(settings.database_url, pool_size=settings.pool_size, pool_overflow=settings.pool_overflow)
    # A pool of its own: an application busy with requests must not look like a dead database.
    health_engine = open_engine(settings.database_url, pool_size=1, pool_overflow=1)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()
        await health_engine.dispose()

    app = FastAPI(title="auto_trader", lifespan=lifespan)
    app.state.open_session = async_sessionmaker(engine, expire_on_commit=False)
    app.include_router(router)

    @app.get("/api/health")
    async def health() -> JSONResponse:
        """200 where this image can serve this database now, else 503 with the reason."""
        health = await observe_health(health_engine, release=settings.release, shipped=shipped)
        return JSONResponse(health.as_json(), status_code=200 if health.is_ok else 503)

    return app
