-- What a downgrade must give back: every object, what it belongs to, its definition in words that are the same for an
-- object that was dropped and made again (no number of it is in them). Views are compared by their columns: to print
-- one takes locks, which the watch would miss on what the migration does then.
WITH relations AS (
    SELECT c.*, CASE WHEN n.nspname = 'public' THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END
           || pg_catalog.quote_ident(c.relname) AS shown,
           CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'table' END AS kind
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND c.relpersistence <> 't'
       AND n.nspname NOT IN ('information_schema', 'surefoot_watch') AND pg_catalog.left(n.nspname, 3) <> 'pg_'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend m WHERE m.deptype = 'e' AND m.objid = c.oid
                          AND m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                        WHERE c.relkind = 'r' AND c.relnatts = 1 AND a.attrelid = c.oid AND a.attname = 'version_num')
)
SELECT pg_catalog.json_agg(pg_catalog.json_build_array(name, holder, definition) ORDER BY name)::text
  FROM (
    SELECT 'schema ' || pg_catalog.quote_ident(n.nspname) AS name, '' AS holder, '' AS definition
      FROM pg_catalog.pg_namespace n
     WHERE n.nspname NOT IN ('information_schema', 'surefoot_watch') AND pg_catalog.left(n.nspname, 3) <> 'pg_'
    UNION ALL
    SELECT r.kind || ' ' || r.shown, '', r.relkind::text || ' ' || r.relpersistence::text || ' ' || coalesce(r.reloptions::text, '')
      FROM relations r
    UNION ALL
    SELECT 'column ' || r.shown || '.' || pg_catalog.quote_ident(a.attname), r.kind || ' ' || r.shown,
           pg_catalog.format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || ' ' || a.attidentity::text || a.attgenerated::text
           || ' ' || a.attcollation::text
           || coalesce(' ' || (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
                                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum), '')
      FROM pg_catalog.pg_attribute a JOIN relations r ON r.oid = a.attrelid
     WHERE a.attnum > 0 AND NOT a.attisdropped AND r.relkind IN ('r', 'p', 'f', 'v', 'm')
    UNION ALL
    SELECT 'index ' || CASE WHEN n.nspname = 'public' THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END
           || pg_catalog.quote_ident(c.relname), r.kind || ' ' || r.shown,
           x.indisvalid::text || ' ' || pg_catalog.pg_get_indexdef(x.indexrelid)
      FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN relations r ON r.oid = x.indrelid
    UNION ALL
    SELECT 'constraint ' || r.shown || '.' || pg_catalog.quote_ident(k.conname), r.kind || ' ' || r.shown,
           pg_catalog.pg_get_constraintdef(k.oid)
      FROM pg_catalog.pg_constraint k JOIN relations r ON r.oid = k.conrelid
     WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conparentid = 0
    UNION ALL
    SELECT 'trigger ' || pg_catalog.quote_ident(t.tgname) || ' on ' || r.shown, r.kind || ' ' || r.shown,
           t.tgenabled::text || ' ' || pg_catalog.pg_get_triggerdef(t.oid)
      FROM pg_catalog.pg_trigger t JOIN relations r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'policy ' || pg_catalog.quote_ident(p.polname) || ' on ' || r.shown, r.kind || ' ' || r.shown,
           p.polcmd::text || ' ' || p.polpermissive::text || ' ' || coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '')
           || ' ' || coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '')
      FROM pg_catalog.pg_policy p JOIN relations r ON r.oid = p.polrelid
    UNION ALL
    SELECT 'function ' || CASE WHEN n.nspname = 'public' THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END
           || pg_catalog.quote_ident(p.proname) || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')', '',
           pg_catalog.md5(p.prosrc) || ' ' || p.prorettype::pg_catalog.regtype::text || ' ' || p.provolatile::text
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname NOT IN ('information_schema', 'surefoot_watch') AND pg_catalog.left(n.nspname, 3) <> 'pg_'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend m WHERE m.deptype = 'e' AND m.objid = p.oid
                          AND m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass)
    UNION ALL
    SELECT CASE t.typtype WHEN 'd' THEN 'domain ' ELSE 'type ' END
           || CASE WHEN n.nspname = 'public' THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END
           || pg_catalog.quote_ident(t.typname), '',
           coalesce((SELECT pg_catalog.string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
                       FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), '')
           || CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) || t.typnotnull::text ELSE '' END
           || coalesce((SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)
                          FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '')
      FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
     WHERE t.typtype IN ('d', 'e', 'r') AND n.nspname NOT IN ('information_schema', 'surefoot_watch')
       AND pg_catalog.left(n.nspname, 3) <> 'pg_'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend m WHERE m.deptype = 'e' AND m.objid = t.oid
                          AND m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass)
    UNION ALL
    SELECT 'extension ' || pg_catalog.quote_ident(e.extname), '', e.extversion FROM pg_catalog.pg_extension e
  ) AS found
