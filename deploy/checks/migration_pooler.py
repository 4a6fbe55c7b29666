"""Whether the migration service would migrate through a transaction pooler that its address tells.

Alembic's time limits and locks hold for a session, and a transaction pooler leaves them to the application's queries.
The tool's own connections are looked at live; this service's address may be reachable from its network only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from deploy.model.errors import POOLED_REFERENCE, BlockedError
from deploy.model.known_poolers import known_pooler
from deploy.settings.schema import Settings

DEFAULT_PORT = 5432
SCHEMES = {"postgresql", "postgres"}


def migration_pooler_problems(config: Mapping[str, Any], settings: Settings) -> list[BlockedError]:
    """One problem for each variable of the migration service whose URL leads to a known pooler.

    Args:
        config: `docker compose config --format json`, all profiles.
    """
    service = config.get("services", {}).get(settings.migration_service, {})
    variables: Mapping[str, Any] = service.get("environment") or {}
    ways_out = {name: _way_out(str(value)) for name, value in variables.items()}
    return [
        BlockedError(
            f"service {settings.migration_service} would migrate through a transaction pooler: its {name} names one",
            hint=f"set MIGRATION_DATABASE_URL in the .env file to the same URL with {direct}, or give the service that "
            f"{name} in a compose file of your own",
            reference=POOLED_REFERENCE,
        )
        for name, direct in sorted(ways_out.items()) if direct
    ]


def _way_out(url: str) -> str:
    """The server behind the pooler that a URL names; empty where it names none that is known."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or DEFAULT_PORT
    except ValueError:  # no URL, or one that connects to nothing
        return ""
    if parts.scheme.partition("+")[0] not in SCHEMES:
        return ""
    if pooler := known_pooler(host, port):
        return f"{pooler.direct_host}:{pooler.direct_port}"
    says_so = dict(parse_qsl(parts.query)).get("pgbouncer", "").lower() in {"true", "1"}
    return "the server's own host and port" if says_so else ""
