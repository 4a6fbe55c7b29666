"""Errors that are the scratch server's own: something that it has not, and that production may well have."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from deploy.model.snapshot import Snapshot
from deploy.model.trace import TracedRun

_EXTENSION = re.compile(r'extension "(?P<name>[^"]+)" is not available|extension/(?P<file>[^/"]+)\.control"')
_ROLE = re.compile(r'role "(?P<name>[^"]+)" does not exist')
_MISSING = re.compile(
    r"(?P<what>access method|language|foreign-data wrapper|tablespace|collation"
    r'|text search (?:configuration|dictionary)|server|operator class) "(?P<name>[^"]+)"'
    r'(?: for \w+(?: \w+)? "[^"]*")? does not exist'
)
_SETTING = re.compile(r'unrecognized configuration parameter "(?P<name>[^"]+)"')
_LIBRARY = re.compile(r'could not (?:access file|load library) "(?P<name>[^"]+)"')
_PRELOADED = re.compile(r"(?P<name>\w+) (?:can only|must) be loaded via (?:\"?)shared_preload_libraries")
_OTHERS = (
    (_MISSING, "has no {what} {name}"), (_SETTING, "knows no setting {name}"), (_PRELOADED, "has not loaded {name}"),
    (_LIBRARY, "has no library {name}"),
)
# What only an extension brings: a history that begins in a database which has it never says CREATE EXTENSION.
_OF_EXTENSION = re.compile(
    r'(?:type "(?:\w+\.)?(?P<type>\w+)(?:\[\])?"|function (?:\w+\.)?(?P<function>\w+)\([^)]*\)) does not exist'
)
EXTENSION_OF = {
    **dict.fromkeys(("geometry", "geography", "raster", "box2d", "box3d", "topogeometry"), "postgis"),
    **dict.fromkeys(("vector", "halfvec", "sparsevec"), "vector"),
    **dict.fromkeys(("uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "uuid_generate_v5"), "uuid-ossp"),
    **dict.fromkeys(("gen_random_bytes", "crypt", "gen_salt", "digest", "hmac", "pgp_sym_encrypt"), "pgcrypto"),
    **dict.fromkeys(("create_hypertable", "time_bucket", "add_retention_policy"), "timescaledb"),
    "citext": "citext", "hstore": "hstore", "ltree": "ltree", "cube": "cube", "isbn": "isn", "similarity": "pg_trgm",
    "unaccent": "unaccent",
}
_RELATION = re.compile(r'relation "(?P<name>[^"]+)" does not exist')
_MAKES_TABLE = re.compile(r"\bCREATE\s+(?:\w+\s+)?TABLE\b|\bSELECT\b.*\bINTO\b", re.IGNORECASE | re.DOTALL)
_SYNTAX = re.compile(r"syntax error")


@dataclass(frozen=True)
class Production:
    """What is known of production, beside which a limit is one of the scratch server alone.

    Attributes:
        has_roles: whether production's roles were made here, so that one that is missing is missing there.
        extensions: what production could install; None where that is not known.
        major: its major version; None where it is not known.
    """

    has_roles: bool = False
    extensions: frozenset[str] | None = None
    major: int | None = None

    @classmethod
    def of(cls, snapshot: Snapshot | None) -> Production:
        """As far as a snapshot tells."""
        if snapshot is None:
            return cls()
        extensions = frozenset(snapshot.available_extensions) or None
        return cls(has_roles=bool(snapshot.role_names), extensions=extensions, major=snapshot.server_major)


def limit_of(error: str, server: str, major: int, production: Production) -> str:
    """What the scratch server has not: `this scratch server, PostgreSQL 15.18 (host), has no extension vector`.

    Args:
        error: PostgreSQL's words.
        server, major: the scratch server's name and version.

    Returns:
        empty where production would refuse the statement as well.
    """
    has_not = _lacks(error, production) or _too_old(error, major, production)
    return f"this scratch server, {server}, {has_not}" if has_not else ""


def _lacks(error: str, production: Production) -> str:
    if found := _EXTENSION.search(error):
        name = found["name"] or found["file"]
        is_nowhere = production.extensions is not None and name not in production.extensions
        return "" if is_nowhere else f"has no extension {name}"
    if (found := _ROLE.search(error)) and not production.has_roles:
        return f"has no role {found['name']}"
    if (found := _OF_EXTENSION.search(error)) and production.major is None:
        name = found["type"] or found["function"]
        extension = "postgis" if name.lower().startswith("st_") else EXTENSION_OF.get(name.lower(), "")
        if extension:
            return f"has no {name}, which the extension {extension} brings"
    for pattern, says in _OTHERS:
        if found := pattern.search(error):
            return says.format(**found.groupdict()).replace("$libdir/", "")
    return ""


def _too_old(error: str, major: int, production: Production) -> str:
    is_older = production.major is not None and major < production.major
    return f"is older than production's PostgreSQL {production.major}" if is_older and _SYNTAX.search(error) else ""


def _of_history(run: TracedRun, production: Production) -> str:
    """A history that does not begin with an empty database: it changes tables that no revision ever made."""
    found = _RELATION.search(run.error)
    texts = (statement.sql for revision in run.revisions for statement in revision.statements)
    if found is None or production.major is not None or not run.is_history or any(map(_MAKES_TABLE.search, texts)):
        return ""
    return (
        f"this scratch server, {run.server}, began empty, and no revision makes {found['name']}: the history begins in "
        "a database that has it, so give its schema (DATABASE_URL, or --snapshot FILE)"
    )


def with_limits(run: TracedRun, production: Production) -> TracedRun:
    """The run, its error marked where it is this server's own."""
    here = limit_of(run.error, run.server, run.server_major, production) if run.error else ""
    here = here or _of_history(run, production)
    return replace(run, error_here=here) if here else run
