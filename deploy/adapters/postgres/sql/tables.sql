-- The largest tables. pg_table_size waits behind an exclusive lock, so a table that somebody holds (or stands in
-- line for) exclusively is measured by the planner's page count, and marked.
WITH locked AS (
    SELECT DISTINCT relation FROM pg_locks
    WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
),
chosen AS (
    SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relpages, c.relfrozenxid,
           EXISTS (SELECT 1 FROM locked AS l WHERE l.relation = c.oid
                   OR l.relation IN (SELECT i.indexrelid FROM pg_index AS i WHERE i.indrelid = c.oid)) AS is_locked
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
),
sized AS MATERIALIZED (
    SELECT c.*,
           CASE WHEN is_locked THEN relpages::bigint * current_setting('block_size')::int
                ELSE coalesce(pg_table_size(oid), 0) END AS table_bytes,
           CASE WHEN is_locked THEN 0 ELSE coalesce(pg_indexes_size(oid), 0) END AS index_bytes
    FROM chosen AS c
)
SELECT z.name, z.table_bytes + z.index_bytes AS total_bytes, z.table_bytes, z.index_bytes,
       coalesce(s.n_live_tup, 0) AS live_rows, coalesce(s.n_dead_tup, 0) AS dead_rows,
       coalesce(s.seq_scan, 0) AS sequential_scans, coalesce(s.idx_scan, 0) AS index_scans,
       s.last_vacuum AS last_vacuum_at, s.last_autovacuum AS last_autovacuum_at,
       greatest(s.last_analyze, s.last_autoanalyze) AS last_analyze_at,
       age(z.relfrozenxid) AS frozen_age, z.is_locked
FROM sized AS z LEFT JOIN pg_stat_all_tables AS s ON s.relid = z.oid
ORDER BY total_bytes DESC, z.name
LIMIT 30
