"""Production's schema on the scratch server, although the two may differ by a version."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

import asyncpg

from deploy.adapters.scratch.own_limits import Production, limit_of
from deploy.model.errors import BlockedError
from deploy.model.snapshot import Snapshot

MOST_PARAMETERS = 8
UNFILLED = """
SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'm' AND NOT relispopulated ORDER BY oid
"""
_UNKNOWN_SETTING = re.compile(r'unrecognized configuration parameter "')
_UNKNOWN_PARAMETER = re.compile(r'unrecognized parameter (?:namespace )?"(?P<name>[^"]+)"')
_SETS = re.compile(r"\s*(?:SET\s|SELECT\s+pg_catalog\.set_config\()", re.IGNORECASE)
_COMMENTS = re.compile(r"^\s*--[^\n]*\n", re.MULTILINE)
_VERSION = re.compile(r"PostgreSQL (\d+(?:\.\d+)*)")
_DUMPED_BY = re.compile(r"^-- Dumped by pg_dump version (\S+)", re.MULTILINE)
NOT_HERE = "not-tried-here"
# The same error reaches a check and a deployment: each has its own way on.
OTHER_WAYS = (
    "./scripts/migration-check.sh also takes a server that can (--server URL) or reads the text only (--no-server); "
    "a deployment does so with DEPLOY_CHECK=parsed"
)


async def execute_all(connection: asyncpg.Connection, text: str) -> tuple[str, ...]:
    """The whole text at once; statement by statement only where that fails, so that one bad line spoils only itself.

    Settings and storage parameters that this server does not know are left out: they change no structure.

    Returns:
        what could not be restored, one line each.
    """
    try:
        await connection.execute(text)
    except asyncpg.PostgresError:
        pass
    else:
        return ()
    import postgast  # only here, and only for its splitting

    found = [await _execute(connection, statement) for statement in postgast.split(text, method="scanner")]
    return tuple(problem for problem in found if problem)


async def fill_materialized_views(connection: asyncpg.Connection) -> None:
    """A dump makes them without data, and REFRESH … CONCURRENTLY refuses such a one: in production they are filled.

    One that reads another is filled after it; what cannot be filled stays as it is.
    """
    for row in await connection.fetch(UNFILLED):
        with suppress(asyncpg.PostgresError):
            await connection.execute(f"REFRESH MATERIALIZED VIEW {row['name']}")


async def _execute(connection: asyncpg.Connection, statement: str) -> str:
    """PostgreSQL's words where it fails for a reason that matters."""
    for _ in range(MOST_PARAMETERS):
        try:
            await connection.execute(statement)
        except asyncpg.PostgresError as error:
            shorter = without_unknown(statement, str(error))
            if shorter is None:
                return str(error)
            statement = shorter
        else:
            return ""
        if not statement:
            return ""
    return f"unrecognized parameters in {' '.join(statement.split())[:80]}"


def without_unknown(statement: str, error: str) -> str | None:
    """The statement without the setting or parameter that this server does not know.

    Returns:
        empty where nothing of it is left; None where the error is about something else.
    """
    if _UNKNOWN_SETTING.search(error):
        return "" if _SETS.match(_COMMENTS.sub("", statement)) else None
    found = _UNKNOWN_PARAMETER.search(error)
    if found is None:
        return None
    name = re.escape(found["name"])
    option = rf"(?:[\w\"]+\.)?\"?{name}\"?(?:\.\w+)?\s*=\s*(?:'(?:[^']|'')*'|[^,()\s]+)"
    shorter = re.sub(rf"(?<=[(,\s]){option}\s*,\s*|,\s*{option}(?=\s*[,)])|(?<=[(\s]){option}(?=\s*\))", "", statement)
    if shorter == statement:
        return None
    if re.search(r"\bSET\s*\(\s*\)", shorter):
        return ""
    return re.sub(r"\s+WITH\s*\(\s*\)", "", shorter)


def require_whole(problems: Sequence[str], server: str, major: int, snapshot: Snapshot) -> None:
    """A schema with holes would be judged wrong: better to say that it could not be made, and why.

    Raises:
        BlockedError: `not-tried-here` where this server lacks something that production has; the text is judged then.
    """
    if not problems:
        return
    production = Production.of(snapshot)
    here = next((limit for problem in problems if (limit := limit_of(problem, server, major, production))), "")
    if here:
        raise BlockedError(
            f"production's schema cannot be made here: {here}",
            hint="install it here, or name an image that has it in DEPLOY_SCRATCH_IMAGE; "
            "./scripts/migration-check.sh also takes --server URL",
            reference=NOT_HERE,
        )
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    older = _older_than(server, snapshot)
    if older:
        version, own_major = snapshot.server_version, snapshot.server_major
        raise BlockedError(
            f"production's schema cannot be made here: {older} older than the server {version}: {problems[0]}{more}",
            hint=f"install PostgreSQL {version} here (apt-get install postgresql-{own_major} "
            f"postgresql-client-{own_major}); {OTHER_WAYS}",
            reference="schema-not-restored",
        )
    raise BlockedError(
        f"production's schema cannot be made on the scratch server, {server}: {problems[0]}{more}",
        hint=f"does it lack something? install it, or name its programs in DEPLOY_SCRATCH_BINARIES; {OTHER_WAYS}",
        reference="schema-not-restored",
    )


def _older_than(server: str, snapshot: Snapshot) -> str:
    """Which program is older than production: `scratch server 15.18 and pg_dump 15.18 are`; empty for neither."""
    own = _VERSION.search(server)
    dumped = _DUMPED_BY.search(snapshot.schema_sql)
    programs = [("scratch server", own[1])] if own else []
    programs += [("pg_dump", dumped[1])] if dumped else []
    older = [f"{name} {version}" for name, version in programs if _numbers(version) < _numbers(snapshot.server_version)]
    return f"{' and '.join(older)} {'are' if len(older) > 1 else 'is'}" if older else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
