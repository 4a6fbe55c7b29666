"""Effects in the words of the fixtures in tests/fixtures/postgres_locks."""

from __future__ import annotations

from typing import Any

from deploy.model.effects import Effects
from deploy.model.locks import LockMode

SHORT = {
    LockMode.ACCESS_SHARE: "AS", LockMode.ROW_SHARE: "RS", LockMode.ROW_EXCLUSIVE: "RX",
    LockMode.SHARE_UPDATE_EXCLUSIVE: "SUX", LockMode.SHARE: "S", LockMode.SHARE_ROW_EXCLUSIVE: "SRX",
    LockMode.EXCLUSIVE: "X", LockMode.ACCESS_EXCLUSIVE: "AX",
}
TABLES = {"table", "partitioned table", "foreign table"}
KEYS = (
    "locks", "index_locks", "other_relation_locks", "rewrites", "scans", "builds_indexes", "validates_foreign_key",
    "new_files", "drops", "error",
)
# What the fixture leaves out of its drops: row types, functions, schemas; and what differs with every server.
UNTOLD = ("type:", "function:", "schema:", "index:pg_toast", "table:pg_temp")


def bare(name: str) -> str:
    return name.rpartition(".")[2]


def in_words(effects: Effects) -> dict[str, Any]:
    words: dict[str, Any] = {key: {} for key in ("locks", "index_locks", "other_relation_locks")}
    for lock in (found for found in effects.locks if not found.is_incidental):
        name, mode = bare(lock.relation), SHORT[lock.mode]
        if lock.kind in TABLES:
            words["locks"][name] = mode
        elif lock.kind != "index":
            words["other_relation_locks"][name] = mode
        elif lock.mode is LockMode.ACCESS_EXCLUSIVE:
            words["index_locks"][name] = mode
    words["rewrites"] = sorted(map(bare, effects.rewrites))
    words["scans"] = sorted(set(map(bare, effects.scans)))
    words["builds_indexes"] = sorted(build.index for build in effects.index_builds)
    words["validates_foreign_key"] = bool(effects.validated_foreign_keys)
    words["new_files"] = sorted(map(bare, effects.new_files))
    words["drops"] = sorted(
        f"{drop.kind}:{drop.identity}" + (" (cascade)" if drop.is_by_cascade else "") for drop in effects.drops
        if not f"{drop.kind}:".startswith(UNTOLD)
    )
    words["error"] = bool(effects.error)
    return words
