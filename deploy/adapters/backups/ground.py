"""What the server said of itself, as a RestoreGround."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deploy.model.backups import Activity
from deploy.model.restores import RestoreGround, ServerDatabase, is_kept_name


def to_ground(
    raw: Mapping[str, Any], databases: Sequence[ServerDatabase], database_name: str, disk_path: str | None
) -> RestoreGround:
    """From sql/ground.sql and the list of databases."""
    database = next((d for d in databases if d.name == database_name), None)
    activity = None
    if raw["rows_written"] is not None:
        activity = Activity(raw["rows_written"], raw["transactions"], raw["counted_since"])
    return RestoreGround(
        database=database, user_name=raw["user_name"], server_major=raw["server_major"], server_id=raw["server_id"],
        activity=activity, swap_obstacle=_obstacle(raw, database_name, has_database=database is not None),
        role_names=tuple(raw["role_names"] or ()), prepared_transactions=raw["prepared"], disk_path=disk_path,
        kept=tuple(d for d in databases if not d.is_open and is_kept_name(d.name, database_name)),
    )


def _obstacle(raw: Mapping[str, Any], database_name: str, *, has_database: bool) -> str:
    """The first right that is missing; PostgreSQL wants CREATEDB and ownership for a rename."""
    user = raw["user_name"]
    if not raw["may_create"]:
        return f"role {user} may not create databases"
    if has_database and not raw["is_superuser"] and not raw["is_owner"]:
        return f"role {user} does not own database {database_name}"
    if raw["others_sessions"] and not raw["may_end_sessions"]:
        return f"role {user} may not end the sessions of others in {database_name} (pg_signal_backend)"
    return ""
