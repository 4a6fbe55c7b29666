-- What a dump holds besides rows, from the dump's own snapshot. One row, one JSON text.
-- Members of extensions are left out: the extension brings them. Nothing here waits for a table's lock.
WITH members AS (
  SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
), relations AS (
  SELECT c.oid, c.relkind, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
         -- What is hashed of a row: the value itself where equal values look equal, and its text elsewhere (an enum's
         -- value is a number of this database alone; 1.0 and 1.00 are equal). In the order of the columns' names.
         (SELECT pg_catalog.json_agg(
                   CASE WHEN a.atttypid = ANY ('{int2,int4,int8,bool,date,timestamp,timestamptz,uuid,bytea,jsonb}'::regtype[])
                        THEN pg_catalog.format('r.%I', a.attname)
                        ELSE pg_catalog.format('r.%I::text COLLATE "C"', a.attname) END
                   ORDER BY a.attname COLLATE "C")
            FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
     AND n.nspname !~ '^pg_(toast_)?temp_'
     AND c.relpersistence <> 't'
     AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_catalog.pg_class'::regclass AND m.objid = c.oid)
)
SELECT pg_catalog.json_build_object(
  'database_bytes', pg_catalog.pg_database_size(pg_catalog.current_database()),
  'tables', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(name, columns) ORDER BY name)
               FROM relations WHERE relkind = 'r'),
  'sequences', (SELECT pg_catalog.json_agg(name ORDER BY name) FROM relations WHERE relkind = 'S'),
  'foreign_tables', (SELECT pg_catalog.json_agg(name ORDER BY name) FROM relations WHERE relkind = 'f'),
  'extensions', (SELECT pg_catalog.json_agg(extname || ' ' || extversion ORDER BY extname)
                   FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql'),
  'large_objects', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata),
  'invalid_indexes', (SELECT pg_catalog.json_agg(i.indexrelid::regclass::text ORDER BY 1)
                        FROM pg_catalog.pg_index i JOIN relations r ON r.oid = i.indrelid WHERE NOT i.indisvalid),
  'unvalidated_constraints', (SELECT pg_catalog.json_agg(r.name || '.' || c.conname ORDER BY r.name, c.conname)
                                FROM pg_catalog.pg_constraint c JOIN relations r ON r.oid = c.conrelid
                               WHERE NOT c.convalidated),
  'role_names', (SELECT pg_catalog.json_agg(rolname ORDER BY rolname) FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'),
  'rows_written', (SELECT tup_inserted + tup_updated + tup_deleted FROM pg_catalog.pg_stat_database
                    WHERE datname = pg_catalog.current_database()),
  'transactions', (SELECT xact_commit FROM pg_catalog.pg_stat_database
                    WHERE datname = pg_catalog.current_database()),
  'counted_since', (SELECT stats_reset FROM pg_catalog.pg_stat_database
                     WHERE datname = pg_catalog.current_database())
)::text
