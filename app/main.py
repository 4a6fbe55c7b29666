"""The application: engines, routes, and how they begin and end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import async_sessionmaker

from app.database import open_engine
from app.health import HealthOfNow
from app.overload import RETRY_AFTER_SECONDS, OverloadedError, Turns
from app.routes import router
from app.settings import read_settings
from app.shipped_revisions import read_shipped_revisions

# Waiting requests per connection: at 20 ms a query the last of them waits 0.2 s, and memory stays bounded.
QUEUED_PER_CONNECTION = 10


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
    connection_count = settings.pool_size + settings.pool_overflow
    app.state.turns = Turns(connection_count, QUEUED_PER_CONNECTION * connection_count)
    app.include_router(router)
    app.add_exception_handler(OverloadedError, answer_overload)
    app.add_exception_handler(PoolTimeoutError, answer_overload)
    health_of_now = HealthOfNow(health_engine, release=settings.release, shipped=shipped)

    @app.get("/api/health")
    async def health() -> JSONResponse:
        """200 where this image can serve this database now, else 503 with the reason."""
        health = await health_of_now.ask()
        return JSONResponse(health.as_json(), status_code=200 if health.is_ok else 503)

    return app


async def answer_overload(_request: Request, _error: Exception) -> JSONResponse:
    """503, and when to come back: nothing is wrong with the request, and nothing of it was done."""
    return JSONResponse(
        {"detail": "too many requests at once; nothing was done, please try again"}, status_code=503,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
