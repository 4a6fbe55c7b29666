"""A function that acts outside of the database: sessions, files, other servers, the server itself (high).

On the scratch server it met nothing of production (no sessions, no files, no other server), so what was seen there says
nothing of what it does in production. Most of it is done at once: a ROLLBACK does not take it back.

Who waits: not known. A session that is ended loses its transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from deploy.checking.risk.circumstances import Circumstances
from deploy.checking.risk.danger import Danger, Rule
from deploy.checking.risk.within import look_within
from deploy.checking.statements import Statement
from deploy.model.risk import RiskLevel

SAFE_FORM = "# by hand, outside of the migration, by somebody who sees what it meets in production"
SESSIONS = "ends or stops sessions of others"
FILES = "reads or writes files of the server"
OBJECTS = "changes large objects, which belong to no table"
OTHERS = "talks to another server"
SERVER = "acts on the server itself, for all of its databases"
BY_WHAT = {
    SESSIONS: ("pg_terminate_backend", "pg_cancel_backend"),
    FILES: (
        "pg_read_file", "pg_read_binary_file", "pg_ls_dir", "pg_file_write", "pg_file_unlink", "pg_file_rename",
        "pg_file_sync", "lo_import", "lo_export",
    ),
    OBJECTS: (
        "lo_create", "lo_creat", "lo_from_bytea", "lo_put", "lo_unlink", "lo_truncate", "lo_truncate64", "lowrite",
        "lo_open",
    ),
    OTHERS: (
        "dblink", "dblink_connect", "dblink_connect_u", "dblink_exec", "dblink_open", "dblink_send_query", "http",
        "http_get", "http_post", "http_put", "http_patch", "http_delete", "http_head", "pg_logical_emit_message",
    ),
    SERVER: (
        "pg_reload_conf", "pg_rotate_logfile", "pg_promote", "pg_switch_wal", "pg_create_restore_point",
        "pg_backup_start", "pg_backup_stop", "pg_start_backup", "pg_stop_backup", "pg_wal_replay_pause",
        "pg_wal_replay_resume", "pg_create_physical_replication_slot", "pg_create_logical_replication_slot",
        "pg_copy_physical_replication_slot", "pg_copy_logical_replication_slot", "pg_drop_replication_slot",
        "pg_replication_slot_advance", "pg_replication_origin_create", "pg_replication_origin_drop",
        "pg_replication_origin_advance", "pg_logical_slot_get_changes", "pg_logical_slot_get_binary_changes",
        "pg_stat_reset", "pg_stat_reset_shared", "pg_stat_reset_slru", "pg_stat_reset_replication_slot",
        "pg_stat_statements_reset",
    ),
}
OUTSIDE: Mapping[str, str] = {name: what for what, names in BY_WHAT.items() for name in names}


def check(statement: Statement, circumstances: Circumstances) -> Iterator[Danger]:
    """Told of its text and of the functions that it calls; a measurement never takes it back."""
    names = look_within(statement, circumstances.schema).names(OUTSIDE)
    if not names:
        return
    what = "; ".join(dict.fromkeys(OUTSIDE[name] for name in names))
    says = f"{', '.join(names)}: {what}; on the scratch server it met nothing of production"
    yield Danger(RiskLevel.HIGH, says, breaks_older_code=True, is_unknown=True, safe_form=SAFE_FORM)


RULE = Rule("acts_outside_of_database", check)
