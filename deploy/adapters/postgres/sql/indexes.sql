-- The largest indexes, and every invalid one. An index of a table that is held exclusively shows its last page count.
WITH locked AS (
    SELECT DISTINCT relation FROM pg_locks
    WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
SELECT n.nspname || '.' || i.relname AS name, n.nspname || '.' || t.relname AS table_name,
       CASE WHEN EXISTS (SELECT 1 FROM locked AS l WHERE l.relation IN (x.indexrelid, x.indrelid))
            THEN i.relpages::bigint * current_setting('block_size')::int
            ELSE coalesce(pg_relation_size(i.oid), 0) END AS size_bytes,
       coalesce(s.idx_scan, 0) AS scans, x.indisvalid AS is_valid
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS t ON t.oid = x.indrelid
JOIN pg_namespace AS n ON n.oid = i.relnamespace
LEFT JOIN pg_stat_all_indexes AS s ON s.indexrelid = i.oid
WHERE i.relkind = 'i' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
ORDER BY x.indisvalid, size_bytes DESC, 1
LIMIT 30
