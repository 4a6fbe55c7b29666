-- Sessions of this database that do something: at work, waiting, or inside a transaction; the oldest first.
SELECT pid, coalesce(usename, '?') AS user_name, coalesce(application_name, '') AS application_name,
       coalesce(host(client_addr), 'local') AS client, coalesce(state, '?') AS state,
       -- What an idle session waits for is its client.
       CASE WHEN wait_event_type IS NULL OR wait_event_type = 'Client' THEN ''
            ELSE wait_event_type || ': ' || coalesce(wait_event, '?') END AS waits_for,
       extract(epoch FROM clock_timestamp() - xact_start)::float8 AS transaction_seconds,
       extract(epoch FROM clock_timestamp() - state_change)::float8 AS state_seconds,
       left(regexp_replace(coalesce(query, ''), '\s+', ' ', 'g'), 200) AS query
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND coalesce(state, 'active') <> 'idle'
  AND coalesce(backend_type, 'client backend') IN ('client backend', 'autovacuum worker', 'parallel worker')
ORDER BY xact_start NULLS LAST, pid
LIMIT 50
