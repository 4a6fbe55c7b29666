-- One JSON text: how large everything is and how much it is used. No row of any table is read.
-- Sources: pg_class.reltuples (-1 before the first ANALYZE, PostgreSQL 14+), pg_stat_user_tables, pg_stat_user_indexes.
SELECT json_build_object(
    'server_version', current_setting('server_version'),
    'server_major', current_setting('server_version_num')::int / 10000,
    'database_name', current_database(),
    'time_zone', current_setting('TimeZone'),
    'roles', (SELECT json_agg(rolname ORDER BY rolname) FROM pg_roles WHERE rolname !~ '^pg_'),
    'available_extensions', (SELECT json_agg(name ORDER BY name) FROM pg_available_extensions),
    'tables', (
        SELECT json_agg(json_build_array(
            n.nspname, c.relname,
            CASE WHEN c.relkind = 'p' THEN 0 ELSE
                CASE WHEN c.reltuples > 0 THEN c.reltuples::int8
                     ELSE coalesce(s.n_live_tup, 0) END END,
            pg_table_size(c.oid), pg_indexes_size(c.oid),
            coalesce(s.seq_scan, 0) + coalesce(s.idx_scan, 0),
            coalesce(s.n_tup_ins, 0) + coalesce(s.n_tup_upd, 0) + coalesce(s.n_tup_del, 0),
            CASE WHEN c.reltuples < 1 AND pg_relation_size(c.oid) > 0 AND coalesce(s.n_live_tup, 0) = 0 THEN 1 ELSE 0 END
        ) ORDER BY n.nspname, c.relname)
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_stat_user_tables AS s ON s.relid = c.oid
        WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
    ),
    'partitions', (
        SELECT json_agg(json_build_array(pn.nspname, p.relname, cn.nspname, c.relname))
        FROM pg_inherits AS i
        JOIN pg_class AS p ON p.oid = i.inhparent JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
        JOIN pg_class AS c ON c.oid = i.inhrelid JOIN pg_namespace AS cn ON cn.oid = c.relnamespace
        WHERE p.relkind = 'p'
    ),
    'indexes', (
        SELECT json_agg(json_build_array(n.nspname, i.relname, t.relname, pg_relation_size(i.oid), coalesce(s.idx_scan, 0))
                        ORDER BY n.nspname, i.relname)
        FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS t ON t.oid = x.indrelid
        JOIN pg_namespace AS n ON n.oid = i.relnamespace
        LEFT JOIN pg_stat_user_indexes AS s ON s.indexrelid = i.oid
        WHERE i.relkind = 'i' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
    ),
    'invalid_indexes', (
        SELECT json_agg(t.relname || '.' || i.relname ORDER BY 1)
        FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS t ON t.oid = x.indrelid
        WHERE NOT x.indisvalid AND i.relkind = 'i'
    ),
    'unvalidated_constraints', (
        SELECT json_agg(t.relname || '.' || k.conname ORDER BY 1)
        FROM pg_constraint AS k JOIN pg_class AS t ON t.oid = k.conrelid WHERE NOT k.convalidated
    )
)::text AS sizes
