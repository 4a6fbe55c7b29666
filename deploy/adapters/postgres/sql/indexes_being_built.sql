-- Named as in schema_objects.sql. The progress report of another role's session shows its relation to a superuser
-- or a member of pg_read_all_stats alone: where it is hidden, an index whose table a session locks as
-- CREATE INDEX CONCURRENTLY does is taken for one that is being built.
SELECT DISTINCT 'index ' || CASE WHEN n.nspname = 'public' THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END
           || pg_catalog.quote_ident(c.relname) AS name
  FROM pg_catalog.pg_index AS x
  JOIN pg_catalog.pg_class AS c ON c.oid = x.indexrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE NOT x.indisvalid AND c.relkind = 'i'
   AND (EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS p
                 WHERE p.datname = pg_catalog.current_database() AND p.relid = x.indrelid)
        OR EXISTS (SELECT FROM pg_catalog.pg_locks AS l
                    WHERE l.locktype = 'relation' AND l.relation = x.indrelid AND l.granted
                      AND l.mode = 'ShareUpdateExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid()
                      AND l.database = (SELECT oid FROM pg_catalog.pg_database
                                         WHERE datname = pg_catalog.current_database())))
 ORDER BY 1
