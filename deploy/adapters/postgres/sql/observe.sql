-- One row: everything that a look at the database needs, but for the revisions.
-- Sources: pg_stat_activity, pg_settings, pg_index, pg_constraint (PostgreSQL 12 to 18).
SELECT
    current_database() AS database_name,
    current_setting('server_version') AS server_version,
    current_setting('server_version_num')::int AS server_version_number,
    pg_is_in_recovery() AS is_in_recovery,
    pg_database_size(current_database()) AS size_bytes,
    -- A role without pg_read_all_stats sees no backend_type of others; background processes have no datid.
    (SELECT count(*) FROM pg_stat_activity
     WHERE datid IS NOT NULL AND (backend_type = 'client backend' OR backend_type IS NULL)) AS connections_used,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0)
        AS connections_max,
    ARRAY(
        SELECT n.nspname || '.' || c.relname
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM pg_attribute AS a
                             WHERE c.relnatts = 1 AND a.attrelid = c.oid AND a.attname = 'version_num')
          AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
        ORDER BY 1
    ) AS table_names,
    ARRAY(
        SELECT t.relname || E'\n' || i.relname
        FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS t ON t.oid = x.indrelid
        JOIN pg_namespace AS n ON n.oid = i.relnamespace
        WHERE NOT x.indisvalid AND i.relkind = 'i' AND n.nspname NOT LIKE 'pg\_%'
        ORDER BY 1
    ) AS invalid_indexes,
    ARRAY(
        SELECT t.relname || '.' || k.conname
        FROM pg_constraint AS k JOIN pg_class AS t ON t.oid = k.conrelid
        JOIN pg_namespace AS n ON n.oid = t.relnamespace
        WHERE NOT k.convalidated AND n.nspname NOT LIKE 'pg\_%'
        ORDER BY 1
    ) AS unvalidated_constraint_names
