-- Standbys that follow this server. Without pg_monitor, everything but the name is empty.
SELECT coalesce(application_name, '?') AS name, coalesce(host(client_addr), 'local') AS client,
       coalesce(state, '?') AS state,
       (CASE WHEN pg_is_in_recovery() THEN NULL
             ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) END)::bigint AS lag_bytes,
       extract(epoch FROM replay_lag)::float8 AS lag_seconds
FROM pg_stat_replication
ORDER BY 1, 2
