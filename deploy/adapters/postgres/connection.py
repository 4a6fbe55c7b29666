"""asyncpg behind a synchronous door: one event loop on one background thread."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

import asyncpg

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.errors import AWAY, FAILED
from deploy.adapters.postgres.poolers import (
    is_relayed,
    pooler_error,
    require_no_known_pooler,
    require_one_session,
)
from deploy.model.errors import DATABASE, BlockedError, DeployError

CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 30.0
APPLICATION_NAME = "surefoot"
LIMITS = {"statement_timeout": "30s", "lock_timeout": "5s"}
# Where a proxy or a session pool was proven harmless; asking again costs a second connection.
_proven_places: set[tuple[str, int, str]] = set()
SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}


Result = TypeVar("Result")


class LoopThread:
    """Runs coroutines to their end for callers that are not asynchronous."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="surefoot-database", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The coroutine's result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def start(self, work: Coroutine[Any, Any, Result]) -> concurrent.futures.Future[Result]:
        """The coroutine's result, later."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, function: Callable[[], object]) -> None:
        """Run a quick function on the loop's thread, soon."""
        self._loop.call_soon_threadsafe(function)

    def close(self) -> None:
        """End the thread; twice is fine."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()


async def connect(address: DatabaseAddress, *, command_seconds: float | None = COMMAND_SECONDS) -> asyncpg.Connection:
    """A connection of our own name, that is one session of the server from its begin to its end.

    Args:
        command_seconds: None where a statement may take as long as it takes.

    Raises:
        BlockedError: what is wrong, naming host and port, never the password; a transaction pooler is refused.
    """
    require_no_known_pooler(address)
    try:
        connection = await _open(address, command_seconds, LIMITS)
    except asyncpg.ProtocolViolationError as error:
        if "unsupported startup parameter" not in str(error):
            raise translate(error, address) from None
        connection = await _open_or_translate(address, command_seconds)
    except FAILED as error:
        raise translate_login(error, address) from None
    try:
        await _require_own_session(connection, address)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def connect_as_the_migration(address: DatabaseAddress) -> asyncpg.Connection:
    """Without limits of our own: what the role, the database and the server set is what the session shows.

    Raises:
        BlockedError: as for `connect`.
    """
    return await _open_or_translate(address, COMMAND_SECONDS)


async def _open(
    address: DatabaseAddress, command_seconds: float | None, limits: Mapping[str, str]
) -> asyncpg.Connection:
    mode = address.options.get("sslmode", address.options.get("ssl", "prefer"))
    host, port = await asyncio.to_thread(address.reached) if address.route else address.reached()
    return await asyncpg.connect(
        host=host, port=port, user=address.user, password=address.password or None,
        database=address.database_name, ssl=mode if mode in SSL_MODES else "prefer", timeout=CONNECT_SECONDS,
        command_timeout=command_seconds, statement_cache_size=0,
        server_settings={"application_name": APPLICATION_NAME, **limits},
    )


async def _open_or_translate(address: DatabaseAddress, command_seconds: float | None) -> asyncpg.Connection:
    """Without our limits, which a pooler may refuse at the login."""
    try:
        return await _open(address, command_seconds, {})
    except FAILED as error:
        raise translate_login(error, address) from None


async def _require_own_session(connection: asyncpg.Connection, address: DatabaseAddress) -> None:
    """One round trip where PostgreSQL itself answered; a relayed connection is looked at, once for each place.

    Raises:
        BlockedError: a transaction pooler.
    """
    try:
        if not await is_relayed(connection):
            return
    except FAILED as error:
        raise translate(error, address) from None
    place = (address.host, address.port, address.database_name)
    if place not in _proven_places:
        other = await _open_or_translate(address, COMMAND_SECONDS)
        try:
            await require_one_session(connection, other, address)
        finally:
            other.terminate()
        _proven_places.add(place)
    # What stands between may have kept our limits to itself.
    try:
        await connection.execute("; ".join(f"SET {name} = '{value}'" for name, value in LIMITS.items()))
    except FAILED as error:
        raise translate(error, address) from None


def translate_login(error: Exception, address: DatabaseAddress) -> DeployError:
    """The same at the login, where a right that is missing is that to connect."""
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        user, name = (text.replace('"', '""') for text in (address.user, address.database_name))
        return BlockedError(
            f"{address.host}:{address.port} does not let user {address.user} into database {address.database_name}: "
            f"{words_of(error)}",
            hint=f'once, as its owner: GRANT CONNECT ON DATABASE "{name}" TO "{user}"; or name another user in the URL',
            reference="database-login-refused",
        )
    return translate(error, address)


def translate(error: Exception, address: DatabaseAddress) -> DeployError:
    """An asyncpg or socket error in the operator's words."""
    if pooled := pooler_error(error, address):
        return pooled
    if isinstance(error, asyncpg.InvalidPasswordError | asyncpg.InvalidAuthorizationSpecificationError):
        return BlockedError(
            f"{address.host}:{address.port} refuses user {address.user}: wrong password or no right to connect",
            hint="correct DATABASE_URL (or DEPLOY_DATABASE_URL) in .env", reference="database-login-refused",
        )
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return BlockedError(
            f"there is no database {address.database_name!r} on {address.host}:{address.port}",
            hint="create it, or correct DATABASE_URL", reference="database-missing",
        )
    if isinstance(error, asyncpg.TooManyConnectionsError):
        return BlockedError(
            f"{address.host}:{address.port} has no connection left", hint="raise max_connections or end idle sessions",
            reference="too-few-connections", away=DATABASE,
        )
    said = words_of(error)
    if isinstance(error, asyncpg.CannotConnectNowError):
        return BlockedError(
            f"the database {address.place} is starting or stopping: {said}", hint="try again in a few seconds",
            reference="database-starting", away=DATABASE,
        )
    return _answered_or_not(error, address, said)


def _answered_or_not(error: Exception, address: DatabaseAddress, said: str) -> DeployError:
    """What has no words of its own: an error is an answer too, unless it says that the server goes away."""
    is_away = isinstance(error, AWAY)
    if isinstance(error, asyncpg.PostgresError) and not is_away:
        return BlockedError(
            f"the database {address.place} answers with an error: {said}",
            hint="the server's own words say what is wrong: repair that (a right that is missing, the schema, the "
            "server), and run the command again",
            reference="database-refused",
        )
    return BlockedError(
        f"the database {address.place} does not answer: {said}",
        hint="is it up, and reachable from this host? (DEPLOY_DATABASE_URL names it as seen from here)",
        reference="database-unreachable", away=DATABASE if is_away else "",
    )


def words_of(error: Exception) -> str:
    """What the server said, detail and hint behind it, in one line."""
    return "; ".join(line.strip() for line in str(error).splitlines() if line.strip()) or type(error).__name__
