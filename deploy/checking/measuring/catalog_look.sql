-- What the catalog holds of the relations that a statement names, and of those that partitions and foreign keys tie to
-- them. Filled in: a JSON array of bare names, of schemas and types too; and whether whatever refers to them counts as
-- named (TRUNCATE … CASCADE). Everything is qualified: the migration may have set its search_path as it pleases. Only
-- catalogs are read: to print a definition may take locks. No percent sign: drivers would read it. OFFSET 0 makes each
-- part go by its index: the planner cannot know how few relations a statement names.
WITH RECURSIVE named AS (
    SELECT DISTINCT name::pg_catalog.name AS name
      FROM pg_catalog.json_array_elements_text({names}::pg_catalog.json) AS given (name)
), ours AS (
    SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n
     WHERE n.nspname NOT IN ('information_schema', 'surefoot_watch') AND pg_catalog.left(n.nspname, 3) <> 'pg_'
), seeds AS (
    SELECT coalesce(x.indrelid, c.oid) AS oid
      FROM pg_catalog.pg_class c JOIN ours ON ours.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid
     WHERE c.relname = ANY (ARRAY(SELECT name FROM named)) AND c.relkind IN ('r', 'p', 'v', 'm', 'i', 'I', 'S', 'f')
), links AS (
    SELECT i.inhparent AS above, i.inhrelid AS below FROM pg_catalog.pg_inherits i
    UNION ALL
    SELECT k.confrelid, k.conrelid FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND {follows}
), downwards AS (
    SELECT oid FROM seeds UNION SELECT links.below FROM downwards JOIN links ON links.above = downwards.oid
), upwards AS (
    SELECT oid FROM seeds
    UNION
    SELECT i.inhparent FROM upwards JOIN pg_catalog.pg_inherits i ON i.inhrelid = upwards.oid
), near AS (
    SELECT oid FROM downwards UNION SELECT oid FROM upwards
), constraints AS (
    -- A foreign key to a partitioned table has rows of its own for its partitions, on the same table.
    SELECT k.* FROM pg_catalog.pg_constraint k LEFT JOIN pg_catalog.pg_constraint whole ON whole.oid = k.conparentid
     WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conrelid <> 0
       AND (k.conrelid IN (SELECT oid FROM near) OR k.contype = 'f' AND k.confrelid IN (SELECT oid FROM near))
       AND (whole.oid IS NULL OR whole.conrelid <> k.conrelid)
), told AS (
    SELECT oid FROM near
    UNION SELECT conrelid FROM constraints
    UNION SELECT confrelid FROM constraints WHERE confrelid <> 0
    UNION
    SELECT c.oid FROM pg_catalog.pg_class c JOIN ours ON ours.oid = c.relnamespace
      JOIN named ON named.name = ours.nspname
     WHERE c.relkind IN ('r', 'p', 'f')
)
SELECT pg_catalog.json_build_object(
  'search_path', pg_catalog.to_json(pg_catalog.current_schemas(false)),
  'relations', (
    SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
             c.oid::pg_catalog.int8, ours.nspname, c.relname, c.relkind,
             (SELECT pg_catalog.json_agg(a.attname ORDER BY key.place)
                FROM pg_catalog.unnest(p.partattrs::pg_catalog.int2[]) WITH ORDINALITY AS key (attnum, place)
                JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = key.attnum),
             (SELECT pg_catalog.json_agg(i.inhparent::pg_catalog.int8 ORDER BY i.inhseqno)
                FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid),
             EXISTS (SELECT FROM pg_catalog.pg_partitioned_table d WHERE d.partdefid = c.oid)) ORDER BY c.oid)
      FROM told JOIN pg_catalog.pg_class c ON c.oid = told.oid JOIN ours ON ours.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = c.oid),
  'columns', (
    SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
             a.attrelid::pg_catalog.int8, a.attname, coalesce(element.typname, t.typname),
             pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypmod, element.oid IS NOT NULL,
             coalesce(element.typnamespace, t.typnamespace) <> 'pg_catalog'::pg_catalog.regnamespace, a.attnotnull,
             NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n'
                            AND k.conkey[1] = a.attnum AND NOT k.convalidated)) ORDER BY a.attrelid, a.attnum)
      FROM near CROSS JOIN LATERAL (
             SELECT * FROM pg_catalog.pg_attribute every WHERE every.attrelid = near.oid AND every.attnum > 0
             OFFSET 0) a
      CROSS JOIN LATERAL (SELECT * FROM pg_catalog.pg_type own WHERE own.oid = a.atttypid OFFSET 0) t
      LEFT JOIN LATERAL (
             SELECT * FROM pg_catalog.pg_type part WHERE part.oid = t.typelem AND t.typcategory = 'A'
             OFFSET 0) element ON true
     WHERE NOT a.attisdropped),
  'constraints', (
    SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
             k.conrelid::pg_catalog.int8, k.conname, k.contype,
             (SELECT pg_catalog.json_agg(a.attname ORDER BY key.place)
                FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS key (attnum, place)
                JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = key.attnum),
             k.confrelid::pg_catalog.int8,
             (SELECT pg_catalog.json_agg(a.attname ORDER BY key.place)
                FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS key (attnum, place)
                JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = key.attnum),
             k.confdeltype, k.confupdtype) ORDER BY k.oid)
      FROM constraints k),
  'indexes', (
    SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
             c.oid::pg_catalog.int8, x.indrelid::pg_catalog.int8, ours.nspname, c.relname,
             (SELECT pg_catalog.json_agg(a.attname ORDER BY key.place)
                FROM pg_catalog.unnest(x.indkey::pg_catalog.int2[]) WITH ORDINALITY AS key (attnum, place)
                LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = key.attnum
               WHERE key.place <= x.indnkeyatts),
             m.amname, x.indisunique, x.indpred IS NOT NULL) ORDER BY c.oid)
      FROM near JOIN pg_catalog.pg_index x ON x.indrelid = near.oid JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
      JOIN pg_catalog.pg_am m ON m.oid = c.relam JOIN ours ON ours.oid = c.relnamespace),
  'types', (
    SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
             ours.nspname, t.typname, t.typtype, base.typname,
             EXISTS (WITH RECURSIVE bases (oid) AS (
                         SELECT t.oid
                         UNION
                         SELECT d.typbasetype FROM bases JOIN pg_catalog.pg_type d ON d.oid = bases.oid
                          WHERE d.typtype = 'd')
                     SELECT FROM bases JOIN pg_catalog.pg_type d ON d.oid = bases.oid
                      WHERE d.typnotnull OR EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.contypid = d.oid))))
      FROM pg_catalog.pg_type t JOIN ours ON ours.oid = t.typnamespace
      LEFT JOIN pg_catalog.pg_type base ON base.oid = t.typbasetype
     WHERE t.typname = ANY (ARRAY(SELECT name FROM named)) AND t.typtype IN ('d', 'e', 'r')))::pg_catalog.text
