-- What this role may do on this server, and what stands in the way of a swap. $1: the database's name.
-- One row, one JSON text.
WITH me AS (
  SELECT * FROM pg_catalog.pg_roles WHERE rolname = current_user
), target AS (
  SELECT * FROM pg_catalog.pg_database WHERE datname = $1
)
SELECT pg_catalog.json_build_object(
  'user_name', me.rolname,
  'is_superuser', me.rolsuper,
  'may_create', me.rolsuper OR me.rolcreatedb,
  'is_owner', (SELECT pg_catalog.pg_has_role(me.rolname, datdba, 'MEMBER') FROM target),
  'may_end_sessions', me.rolsuper OR pg_catalog.pg_has_role(me.rolname, 'pg_signal_backend', 'MEMBER'),
  'others_sessions', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity
                       WHERE datname = $1 AND usesysid IS NOT NULL
                         AND NOT pg_catalog.pg_has_role(me.rolname, usesysid, 'MEMBER')),
  'server_major', pg_catalog.current_setting('server_version_num')::int / 10000,
  'may_ask_id', pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute'),
  'role_names', (SELECT pg_catalog.json_agg(rolname ORDER BY rolname) FROM pg_catalog.pg_roles),
  'prepared', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_prepared_xacts WHERE database = $1),
  'data_directory', CASE WHEN me.rolsuper OR pg_catalog.pg_has_role(me.rolname, 'pg_read_all_settings', 'MEMBER')
                         THEN pg_catalog.current_setting('data_directory') END,
  'rows_written', s.tup_inserted + s.tup_updated + s.tup_deleted,
  'transactions', s.xact_commit,
  'counted_since', s.stats_reset
)::text
FROM me LEFT JOIN pg_catalog.pg_stat_database s ON s.datname = $1
