-- Every table that rows can be put into, with what an INSERT must know of its columns and constraints.
WITH shown AS (
  SELECT c.oid, c.oid::regclass::text AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND NOT EXISTS (SELECT FROM pg_attribute v WHERE v.attrelid = c.oid AND v.attname = 'version_num'
                      AND c.relname LIKE '%alembic_version%')
     AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = c.oid AND e.classid = 'pg_class'::regclass
                      AND e.deptype = 'e')
)
SELECT json_agg(json_build_object(
  'name', t.name,
  'columns', (
    SELECT coalesce(json_agg(json_build_object(
        'name', a.attname, 'quoted', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod),
        'base_type', e.typname, 'category', e.typcategory, 'is_array', b.typcategory = 'A',
        'labels', (SELECT json_agg(l.enumlabel ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = e.oid),
        'length', CASE WHEN e.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END,
        'is_null', NOT a.attnotnull, 'has_default', a.atthasdef OR a.attidentity <> '',
        'is_required', a.attnotnull AND NOT a.atthasdef AND a.attidentity = '') ORDER BY a.attnum), '[]')
      FROM pg_attribute a
      JOIN pg_type d ON d.oid = a.atttypid
      JOIN pg_type b ON b.oid = CASE WHEN d.typtype = 'd' THEN d.typbasetype ELSE d.oid END
      JOIN pg_type e ON e.oid = CASE WHEN b.typcategory = 'A' THEN b.typelem ELSE b.oid END
     WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
  'foreign_keys', (
    SELECT coalesce(json_agg(json_build_object(
        'to', k.confrelid::regclass::text,
        'columns', (SELECT json_agg(a.attname ORDER BY p.place) FROM unnest(k.conkey) WITH ORDINALITY p (number, place)
                     JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.number),
        'quoted_to_columns', (SELECT json_agg(quote_ident(a.attname) ORDER BY p.place)
                                FROM unnest(k.confkey) WITH ORDINALITY p (number, place)
                                JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.number))), '[]')
      FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'f'),
  'checks', (
    SELECT coalesce(json_agg(json_build_object(
        'definition', pg_get_constraintdef(k.oid),
        'columns', (SELECT coalesce(json_agg(a.attname), '[]') FROM pg_attribute a
                     WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)))), '[]')
      FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'c')
) ORDER BY t.name)::text
  FROM shown t
