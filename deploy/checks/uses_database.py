"""Whether a service of the rendered compose file may read or write the database. Pure.

In doubt it may: what a migration takes away must not meet a process that still asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from deploy.checks.service_image import is_database

# `DATABASE_URL`, `POSTGRES_HOST`, `PGHOST`, `DB_NAME`, `SQLALCHEMY_DATABASE_URI`.
_NAMES = re.compile(r"(?:^|_)(?:DATABASE|POSTGRES|POSTGRESQL|DB|PG|SQLALCHEMY)(?:_|$)|^PG[A-Z]+$|DBURL|DB_?HOST")
_VALUES = re.compile(r"postgres(?:ql)?(?:\+\w+)?://")
_SECRETS = re.compile(r"database|postgres|(?:^|[^a-z])(?:db|pg)(?:[^a-z]|$)|sql", re.IGNORECASE)


def uses_database(service: Mapping[str, Any], services: Mapping[str, Any]) -> bool:
    """By its variables, its secrets, and what it is started after."""
    environment = service.get("environment") or {}
    if any(_NAMES.search(str(name)) or _VALUES.search(str(value)) for name, value in environment.items()):
        return True
    secrets = [str(secret.get("source") or "") for secret in service.get("secrets") or ()]
    if any(_SECRETS.search(source) for source in secrets):
        return True
    needed = service.get("depends_on") or {}
    return any(is_database(name, services.get(name) or {}) for name in needed)
