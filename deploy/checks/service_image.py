"""What the image of a service in the rendered compose file tells of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from deploy.model.pinned_images import repository_of

# What a database's image is called, and what is called after a database and is none.
_DATABASES = frozenset({
    "postgres", "postgresql", "postgis", "timescale", "timescaledb", "pgvector", "mysql", "mariadb", "mongo", "mongodb",
})
# Nobody pulls what bears one of these.
_NOT_PULLED = frozenset({"build", "never"})
# What a service that holds one is called, and where it listens: PostgreSQL, MySQL, MongoDB, Redis, RabbitMQ.
_CALLED = frozenset({"db", "database", "redis", "valkey", "rabbitmq"}) | _DATABASES
_LISTENS = frozenset({"5432", "3306", "27017", "6379", "5672"})
_BESIDE_ONE = frozenset({"exporter", "express", "admin", "backup"})


def image_of(name: str, service: Mapping[str, Any], project_name: str) -> str:
    """The reference that a container of it is made of; empty where the file has neither image nor build."""
    if service.get("image"):
        return str(service["image"])
    return f"{project_name}-{name}" if service.get("build") else ""


def is_only_built(service: Mapping[str, Any]) -> bool:
    """Whether no registry can have its image: the file only builds it, or forbids to pull it."""
    return (bool(service.get("build")) and not service.get("image")) or service.get("pull_policy") in _NOT_PULLED


def is_database_image(reference: Any) -> bool:
    """Whether the image's name says that it is a database: what it holds is nowhere else."""
    name = str(reference or "").partition("@")[0].rpartition("/")[2].partition(":")[0]
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    return bool(words & _DATABASES) and not words & _BESIDE_ONE


def is_database(name: str, service: Mapping[str, Any]) -> bool:
    """Whether it holds data that others ask for: by its image's name, its own name, or the port on which it listens.

    A service that the project builds has an image name of the project's choice.
    """
    if is_database_image(service.get("image")):
        return True
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    ports = {str(port.get("target")) for port in service.get("ports") or ()} | {
        str(port).partition("/")[0] for port in service.get("expose") or ()
    }
    return bool(words & _CALLED and not words & _BESIDE_ONE) or bool(ports & _LISTENS)


def belongs_because(service: Mapping[str, Any], app: Mapping[str, Any]) -> str:
    """Why its image is this project's own work, in words for the plan; empty where nothing says so."""
    if service.get("build"):
        return "this project builds its image"
    owner = _owner_of(service.get("image"))
    if owner and owner == _owner_of(app.get("image")):
        return f"its image comes from {owner}, as the application's does"
    return ""


def keeps_data(service: Mapping[str, Any]) -> str:
    """Where it writes what a new container must find again; empty where it mounts nothing that it can write to."""
    for mount in service.get("volumes") or ():
        if mount.get("type") in {"volume", "bind"} and not mount.get("read_only"):
            return str(mount.get("source") or mount.get("target"))
    return ""


def _owner_of(reference: Any) -> str:
    """`ghcr.io/acme` of `ghcr.io/acme/shop:1`; empty where the registry's host alone stands before the name.

    A registry of one's own also mirrors what others made.
    """
    owner = repository_of(str(reference or "")).rpartition("/")[0]
    is_host_alone = "/" not in owner and (owner == "localhost" or "." in owner or ":" in owner)
    return "" if is_host_alone else owner
