"""PostgreSQL's functions of which something is known that its catalog does not tell."""

# Volatile ones of PostgreSQL that change no data and lock no table.
HARMLESS_FUNCTIONS = frozenset("""
    random random_normal clock_timestamp timeofday gen_random_uuid uuidv7 uuidv4 uuid_generate_v1 uuid_generate_v1mc
    uuid_generate_v4 gen_random_bytes gen_salt nextval setval currval lastval set_config pg_sleep pg_notify setseed
    pg_advisory_lock pg_advisory_xact_lock pg_try_advisory_lock pg_try_advisory_xact_lock pg_advisory_unlock
    pg_advisory_unlock_all pg_backend_pid txid_current pg_current_xact_id pg_stat_clear_snapshot
    pg_is_in_recovery pg_relation_filenode
""".split())  # noqa: SIM905 - a list to be read
