-- One row: the database and its server. Cheap; takes no lock on a table.
-- Sources: pg_stat_activity, pg_stat_database, pg_database, pg_settings (PostgreSQL 13 to 18).
SELECT
    current_database() AS database_name,
    split_part(current_setting('server_version'), ' ', 1) AS server_version,
    pg_is_in_recovery() AS is_in_recovery,
    pg_postmaster_start_time() AS started_at,
    pg_database_size(current_database()) AS size_bytes,
    -- A role without pg_read_all_stats sees no backend_type of others; background processes have no datid.
    (SELECT count(*) FROM pg_stat_activity
     WHERE datid IS NOT NULL AND (backend_type = 'client backend' OR backend_type IS NULL)) AS connections_used,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0) AS connections_max,
    a.active, a.idle_in_transaction, a.waiting,
    (CASE WHEN d.blks_hit + d.blks_read > 0
          THEN 100.0 * d.blks_hit / (d.blks_hit + d.blks_read) END)::float8 AS cache_hit_percent,
    d.xact_commit AS commits, d.xact_rollback AS rollbacks, d.deadlocks, d.temp_bytes AS temporary_bytes,
    age(p.datfrozenxid) AS wraparound_age,
    current_setting('autovacuum_freeze_max_age')::bigint AS wraparound_limit,
    -- A standby that has replayed all it received lags behind nothing, however old the last transaction is.
    (CASE WHEN NOT pg_is_in_recovery() THEN NULL
          WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
          ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END)::float8 AS lag_seconds,
    -- Health checks read Alembic's table all the time, however many requests come.
    (SELECT coalesce(sum(coalesce(seq_scan, 0) + coalesce(idx_scan, 0)), 0)::bigint FROM pg_stat_user_tables
     WHERE relname NOT IN ('alembic_version', 'schema_window')) AS table_scans
FROM pg_stat_database AS d
JOIN pg_database AS p ON p.oid = d.datid
CROSS JOIN (
    SELECT count(*) FILTER (WHERE state = 'active') AS active,
           count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
           count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'Lock') AS waiting
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
) AS a
WHERE d.datname = current_database()
