-- Every table of Alembic's shape: one column, version_num. `is_on_path`: the one that a plain name means for this role,
-- whatever this session made of its own search path.
WITH path AS (
    SELECT e.place, CASE trim(both ' "' from e.entry) WHEN '$user' THEN current_user::text ELSE trim(both ' "' from e.entry) END AS name
      FROM pg_catalog.pg_settings AS s, pg_catalog.unnest(pg_catalog.string_to_array(s.reset_val, ',')) WITH ORDINALITY AS e (entry, place)
     WHERE s.name = 'search_path'
), found AS (
    SELECT n.nspname::text AS schema_name, c.relname::text AS table_name, pg_catalog.format('%I.%I', n.nspname, c.relname) AS quoted,
           (SELECT min(p.place) FROM path AS p WHERE p.name = n.nspname) AS place
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'version_num'
     WHERE c.relkind IN ('r', 'p') AND c.relnatts = 1 AND c.relpersistence <> 't'
)
SELECT schema_name, table_name, quoted,
       place IS NOT NULL AND place = min(place) OVER (PARTITION BY table_name) AS is_on_path
  FROM found ORDER BY schema_name, table_name
