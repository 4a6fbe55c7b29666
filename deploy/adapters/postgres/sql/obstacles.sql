-- Sessions that a schema change would wait for. $1: the migration's tables, schema-qualified (NULL: any);
-- $2: from how many seconds on a transaction counts as long.
WITH held AS (
    SELECT l.pid, array_agg(DISTINCT n.nspname || '.' || c.relname ORDER BY n.nspname || '.' || c.relname) AS table_names
    FROM pg_locks AS l
    JOIN pg_class AS c ON c.oid = l.relation JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE l.locktype = 'relation' AND l.granted AND c.relkind IN ('r', 'p', 'm')
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
      AND ($1::text[] IS NULL OR n.nspname || '.' || c.relname = ANY ($1::text[]))
    GROUP BY l.pid
),
judged AS (
    SELECT a.pid, coalesce(a.application_name, '') AS application_name, coalesce(host(a.client_addr), 'local') AS client,
           extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS seconds,
           left(regexp_replace(coalesce(a.query, ''), '\s+', ' ', 'g'), 200) AS query, h.table_names,
           CASE WHEN a.application_name = 'pg_dump' THEN 'dump'
                -- An ordinary autovacuum gives way to a lock by itself; this one does not.
                WHEN a.query LIKE 'autovacuum:%(to prevent wraparound)%' THEN 'autovacuum to prevent wraparound'
                WHEN a.query LIKE 'autovacuum:%' THEN NULL
                WHEN a.state LIKE 'idle in transaction%' THEN 'idle in transaction'
                ELSE 'long transaction' END AS kind
    FROM pg_stat_activity AS a JOIN held AS h ON h.pid = a.pid
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
)
SELECT pid, kind, application_name, client, seconds, query, table_names
FROM judged
WHERE kind IN ('dump', 'autovacuum to prevent wraparound') OR (kind IS NOT NULL AND seconds >= $2::float8)
ORDER BY seconds DESC NULLS LAST, pid
LIMIT 20
