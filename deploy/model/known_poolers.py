"""Transaction poolers that can be told by their address, and where the server behind each is."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NEON = re.compile(r"^(?P<endpoint>[^.]+)-pooler\.(?P<rest>.*neon\.(tech|build))$")
# Host, port of the pool, port of the server, whose.
_PORTS = (
    (re.compile(r"\.pooler\.supabase\.com$"), 6543, 5432, "Supabase's transaction pooler"),
    (re.compile(r"\.supabase\.co$"), 6543, 5432, "Supabase's transaction pooler"),
    (re.compile(r"\.postgres\.database\.azure\.com$"), 6432, 5432, "Azure's PgBouncer"),
    (re.compile(r"\.db\.ondigitalocean\.com$"), 25061, 25060, "DigitalOcean's connection pool"),
)


@dataclass(frozen=True)
class KnownPooler:
    """A provider's pooler.

    Attributes:
        name: whose it is, for messages.
        direct_host: of the server behind it.
        direct_port: of the server behind it.
    """

    name: str
    direct_host: str
    direct_port: int


def known_pooler(host: str, port: int) -> KnownPooler | None:
    """The pooler at this address; None where the address does not tell that it is one."""
    name = host.lower()
    if found := _NEON.match(name):
        return KnownPooler("Neon's pooler", f"{found['endpoint']}.{found['rest']}", port)
    for pattern, pool_port, server_port, whose in _PORTS:
        if pattern.search(name) and port == pool_port:
            return KnownPooler(whose, host, server_port)
    return None
