-- Sessions of this database that wait for a lock, each with the head of its chain: the one that waits for nobody.
-- pg_locks.waitstart is there from PostgreSQL 14; before, the statement's beginning has to do.
WITH RECURSIVE waiting AS (
    SELECT a.pid, pg_blocking_pids(a.pid) AS blocked_by
    FROM pg_stat_activity AS a
    WHERE a.datname = current_database() AND a.wait_event_type = 'Lock'
),
chain (pid, front, depth) AS (
    SELECT w.pid, b.pid, 1 FROM waiting AS w, unnest(w.blocked_by) AS b (pid)
    UNION
    SELECT c.pid, b.pid, c.depth + 1
    FROM chain AS c JOIN waiting AS w ON w.pid = c.front, unnest(w.blocked_by) AS b (pid)
    WHERE c.depth < 20
),
roots AS (
    SELECT DISTINCT ON (c.pid) c.pid, c.front AS root_pid
    FROM chain AS c
    -- In a deadlock nobody is the head; then it is whoever stands in front.
    ORDER BY c.pid, (c.front IN (SELECT w.pid FROM waiting AS w)), c.depth DESC, c.front
)
SELECT a.pid, coalesce(a.application_name, '') AS application_name, coalesce(host(a.client_addr), 'local') AS client,
       left(regexp_replace(coalesce(a.query, ''), '\s+', ' ', 'g'), 200) AS query,
       greatest(0, extract(epoch FROM clock_timestamp()
           - coalesce((to_jsonb(l) ->> 'waitstart')::timestamptz, a.query_start)))::float8 AS waited_seconds,
       -- Who waits for a row asks for a ShareLock too, but on a transaction.
       CASE WHEN l.locktype = 'relation' THEN l.mode ELSE '' END AS wanted_mode,
       coalesce((SELECT n.nspname || '.' || k.relname FROM pg_class AS k JOIN pg_namespace AS n ON n.oid = k.relnamespace
                 WHERE k.oid = coalesce(l.relation, held.relation)), '') AS relation,
       w.blocked_by, a.backend_start AS started_at, r.root_pid,
       coalesce(b.application_name, '') AS root_application_name,
       coalesce(host(b.client_addr), 'local') AS root_client, coalesce(b.state, '?') AS root_state,
       left(regexp_replace(coalesce(b.query, ''), '\s+', ' ', 'g'), 200) AS root_query,
       extract(epoch FROM clock_timestamp() - b.xact_start)::float8 AS root_transaction_seconds,
       b.backend_start AS root_started_at,
       ARRAY(SELECT DISTINCT m.mode FROM pg_locks AS m
             WHERE m.pid = r.root_pid AND m.granted AND m.locktype = 'relation'
               AND m.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
               AND m.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             ORDER BY 1) AS root_modes
FROM waiting AS w
JOIN roots AS r ON r.pid = w.pid
JOIN pg_stat_activity AS a ON a.pid = w.pid
LEFT JOIN pg_stat_activity AS b ON b.pid = r.root_pid
LEFT JOIN LATERAL (SELECT * FROM pg_locks AS k WHERE k.pid = w.pid AND NOT k.granted LIMIT 1) AS l ON true
-- Who waits for a row waits for a transaction; the table is among the locks it has already.
LEFT JOIN LATERAL (
    SELECT k.relation FROM pg_locks AS k
    WHERE k.pid = w.pid AND k.locktype = 'tuple' AND k.granted LIMIT 1
) AS held ON true
ORDER BY waited_seconds DESC, a.pid
LIMIT 50
