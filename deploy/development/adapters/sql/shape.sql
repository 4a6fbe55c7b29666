-- The schema as lines that can be compared: what a downgrade must take back, whatever the order of columns.
WITH ours AS (
  SELECT n.oid, n.nspname FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
)
SELECT line FROM (
  SELECT 'table ' || c.oid::regclass AS line, c.oid AS of
    FROM pg_class c JOIN ours n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f')
  UNION ALL
  SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' ELSE 'sequence ' END
         || c.oid::regclass, c.oid
    FROM pg_class c JOIN ours n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm', 'S')
  UNION ALL
  SELECT 'column ' || c.oid::regclass || '.' || quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
         || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
         || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''), c.oid
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN ours n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT 'constraint ' || k.conrelid::regclass || '.' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid),
         k.conrelid
    FROM pg_constraint k JOIN ours n ON n.oid = k.connamespace WHERE k.conrelid <> 0 AND k.contype <> 'n'
  UNION ALL
  SELECT 'index ' || pg_get_indexdef(i.indexrelid), i.indrelid
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN ours n ON n.oid = c.relnamespace
   WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
  UNION ALL
  SELECT 'type ' || t.oid::regtype || ' (' || string_agg(l.enumlabel, ', ' ORDER BY l.enumsortorder) || ')', 0
    FROM pg_type t JOIN ours n ON n.oid = t.typnamespace JOIN pg_enum l ON l.enumtypid = t.oid GROUP BY t.oid
  UNION ALL
  SELECT 'trigger ' || pg_get_triggerdef(t.oid), t.tgrelid
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN ours n ON n.oid = c.relnamespace
   WHERE NOT t.tgisinternal
  UNION ALL
  SELECT 'function ' || p.oid::regprocedure, 0
    FROM pg_proc p JOIN ours n ON n.oid = p.pronamespace
   WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = p.oid AND e.deptype = 'e')
  UNION ALL
  SELECT 'schema ' || n.nspname, 0 FROM ours n
) found
 WHERE NOT EXISTS (SELECT FROM pg_class v WHERE v.oid = found.of AND v.relname LIKE '%alembic_version%')
 ORDER BY line
