-- Indexes that a failed CREATE INDEX CONCURRENTLY left; one that is being built now is not counted.
-- pg_stat_progress_create_index: PostgreSQL 12 and newer.
SELECT n.nspname || '.' || t.relname || '.' || i.relname AS name
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS t ON t.oid = x.indrelid
JOIN pg_namespace AS n ON n.oid = i.relnamespace
WHERE NOT x.indisvalid AND i.relkind = 'i' AND n.nspname NOT LIKE 'pg\_%'
  AND NOT EXISTS (SELECT 1 FROM pg_stat_progress_create_index AS p
                  WHERE p.datname = current_database() AND p.index_relid = x.indexrelid)
ORDER BY 1
