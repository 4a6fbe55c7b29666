"""Whether a pooler stands between us and PostgreSQL, and whether a session behind it is one session.

A transaction pooler hands each transaction to another server session. What pg_dump, a lock or a time limit sets there
stays behind for the application's next query, and what we rely on (advisory locks, exported snapshots) is not ours.
"""

from __future__ import annotations

import asyncpg

from deploy.adapters.postgres.address import DatabaseAddress
from deploy.adapters.postgres.errors import FAILED
from deploy.model.errors import POOLED_REFERENCE, BlockedError
from deploy.model.known_poolers import KnownPooler, known_pooler

ROUNDS = 4
# A pool with one server answers nobody while another client's transaction holds it.
ANSWER_SECONDS = 3.0
# What PgBouncer says where PostgreSQL would have accepted, or said something else.
_POOLER_SAYS = ("unsupported startup parameter", "no such database:")


def require_no_known_pooler(address: DatabaseAddress) -> None:
    """Refuse what names itself a transaction pooler, before anything is sent to it.

    Raises:
        BlockedError: naming the direct address, where it is known.
    """
    pooler = known_pooler(address.host, address.port)
    if pooler is not None:
        raise _refusal(address, f"{pooler.name} hands each transaction to another session", _way_out(pooler))
    if address.options.get("pgbouncer", "").lower() in {"true", "1"}:
        raise _refusal(address, "its URL says pgbouncer=true", _way_out(None))


def pooler_error(error: Exception, address: DatabaseAddress) -> BlockedError | None:
    """A refusal that only a pooler utters; None where the server itself spoke."""
    said = str(error)
    if isinstance(error, asyncpg.ProtocolViolationError) and any(words in said for words in _POOLER_SAYS):
        return _refusal(address, f"it says: {said}", _way_out(None))
    return None


async def is_relayed(connection: asyncpg.Connection) -> bool:
    """Whether something in between answered the login: the session that it named is not the one that works."""
    return not await _is_in(connection, connection.get_server_pid())


async def require_one_session(
    connection: asyncpg.Connection, other: asyncpg.Connection, address: DatabaseAddress
) -> None:
    """Whether a relayed connection keeps its session: a proxy and a session pool do, a transaction pool does not.

    While another client is inside a transaction, a transaction pool gives that client the session that was ours a
    moment ago, and ours becomes another; a pool of one has none left for us.

    Args:
        connection: ours, outside of a transaction.
        other: another one to the same place.

    Raises:
        BlockedError: it does not, or that could not be established.
    """
    try:
        async with connection.transaction():
            pid = await connection.fetchval("SELECT pg_backend_pid()", timeout=ANSWER_SECONDS)
        for _ in range(ROUNDS):
            await other.execute("BEGIN; SELECT 1", timeout=ANSWER_SECONDS)
            is_kept = await _is_in(connection, pid)
            await other.execute("ROLLBACK", timeout=ANSWER_SECONDS)
            if not is_kept:
                why = "it hands each transaction to another session of the server"
                raise _refusal(address, why, _way_out(None))
    except FAILED as error:
        said = str(error).splitlines()[0] if str(error) else "no answer while another transaction was open"
        raise _refusal(address, f"it does not keep a session for us: {said}", _way_out(None)) from None


async def _is_in(connection: asyncpg.Connection, pid: int) -> bool:
    """One simple query, which a pool cannot cut in two as it can a prepared one."""
    tag = await connection.execute(f"SELECT WHERE pg_backend_pid() = {pid:d}", timeout=ANSWER_SECONDS)
    return bool(tag == "SELECT 1")


def _refusal(address: DatabaseAddress, why: str, hint: str) -> BlockedError:
    return BlockedError(
        f"{address.host}:{address.port} is a connection pooler, and this must reach PostgreSQL itself: {why}",
        hint=hint, reference=POOLED_REFERENCE,
    )


def _way_out(pooler: KnownPooler | None) -> str:
    where = "the server's own host and port" if pooler is None else f"{pooler.direct_host}:{pooler.direct_port}"
    return (
        f"set DEPLOY_DATABASE_URL to the same URL with {where}; the application keeps its pooled DATABASE_URL "
        "(through a pool, a backup would leave its search_path behind for the application's queries)"
    )
