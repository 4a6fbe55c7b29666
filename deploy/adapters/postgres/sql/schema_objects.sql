-- Every object of the database that a migration may change: name, the object that it belongs to, its condition where
-- that is not the usual one, a digest of its catalog row, what takes it away again. One statement, so one snapshot.
-- Raw catalog rows are hashed: the functions that print definitions open relations, and would wait for locks.
-- Extensions stand for their members. What the server keeps by itself (statistics, freezing, file numbers of
-- indexes) is left out; the file number of a table is an object of its own, since only a TRUNCATE or a rewrite changes it.
WITH members AS (
    SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
), spaces AS (
    SELECT n.oid, n.nspname,
           CASE WHEN n.nspname = 'public' THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END AS shown,
           pg_catalog.quote_ident(n.nspname) || '.' AS whole
      FROM pg_catalog.pg_namespace AS n
     WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
), relations AS (
    SELECT c.*, s.shown || pg_catalog.quote_ident(c.relname) AS named,
           s.whole || pg_catalog.quote_ident(c.relname) AS whole,
           CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'table' END AS kind
      FROM pg_catalog.pg_class AS c JOIN spaces AS s ON s.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND c.relpersistence <> 't'
       AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_catalog.pg_class'::regclass AND m.objid = c.oid)
       -- Alembic's own table, of whatever name: its rows are the revision, which is compared by itself.
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                        WHERE c.relkind = 'r' AND c.relnatts = 1 AND a.attrelid = c.oid AND a.attname = 'version_num')
), rules AS (
    SELECT w.*, r.kind || ' ' || r.named AS holder, r.named, r.whole
      FROM pg_catalog.pg_rewrite AS w JOIN relations AS r ON r.oid = w.ev_class
), found (name, holder, condition, digest, removal) AS (
    SELECT 'schema ' || pg_catalog.quote_ident(n.nspname), '', '', pg_catalog.md5(n::text),
           'DROP SCHEMA ' || pg_catalog.quote_ident(n.nspname)
      FROM pg_catalog.pg_namespace AS n JOIN spaces AS s ON s.oid = n.oid
     WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_catalog.pg_namespace'::regclass AND m.objid = n.oid)
    UNION ALL
    SELECT r.kind || ' ' || r.named, '', '',
           pg_catalog.md5((pg_catalog.to_jsonb(c) - '{relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid,relfilenode,relhasindex,relhasrules,relhastriggers,relhassubclass,reltoastrelid,relispopulated,relchecks,relnatts}'::text[])::text
               || coalesce((SELECT w.ev_action::text FROM pg_catalog.pg_rewrite AS w WHERE w.ev_class = c.oid AND w.rulename = '_RETURN'), '')
               || coalesce((SELECT q::text FROM pg_catalog.pg_sequence AS q WHERE q.seqrelid = c.oid), '')
               || coalesce((SELECT p::text FROM pg_catalog.pg_partitioned_table AS p WHERE p.partrelid = c.oid), '')
               || coalesce((SELECT pg_catalog.string_agg(i::text, ' ' ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid), '')),
           'DROP ' || upper(r.kind) || ' ' || r.whole
      FROM relations AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
    UNION ALL
    SELECT 'storage of table ' || r.named, 'table ' || r.named, '', r.relfilenode::text, ''
      FROM relations AS r WHERE r.relkind = 'r'
    UNION ALL
    SELECT 'column ' || r.named || '.' || pg_catalog.quote_ident(a.attname), r.kind || ' ' || r.named, '',
           pg_catalog.md5(a::text || coalesce((SELECT d.adbin::text FROM pg_catalog.pg_attrdef AS d
                                                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum), '')),
           CASE WHEN r.relkind IN ('r', 'p') THEN 'ALTER TABLE ' || r.whole || ' DROP COLUMN ' || pg_catalog.quote_ident(a.attname)
                ELSE '' END
      FROM pg_catalog.pg_attribute AS a JOIN relations AS r ON r.oid = a.attrelid
     WHERE a.attnum > 0 AND NOT a.attisdropped AND r.relkind <> 'S'
    UNION ALL
    SELECT 'index ' || coalesce(s.shown, '') || pg_catalog.quote_ident(c.relname), r.kind || ' ' || r.named,
           CASE WHEN NOT x.indisvalid AND c.relkind = 'i' THEN 'invalid' ELSE '' END,
           pg_catalog.md5(x::text || coalesce(c.reloptions::text, '') || c.reltablespace::text),
           CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
                THEN '' ELSE 'DROP INDEX CONCURRENTLY ' || s.whole || pg_catalog.quote_ident(c.relname) END
      FROM pg_catalog.pg_index AS x
      JOIN pg_catalog.pg_class AS c ON c.oid = x.indexrelid
      JOIN relations AS r ON r.oid = x.indrelid
      JOIN spaces AS s ON s.oid = c.relnamespace
    UNION ALL
    SELECT 'constraint ' || r.named || '.' || pg_catalog.quote_ident(k.conname), r.kind || ' ' || r.named,
           CASE WHEN k.convalidated THEN '' ELSE 'not validated' END, pg_catalog.md5(k::text),
           'ALTER TABLE ' || r.whole || ' DROP CONSTRAINT ' || pg_catalog.quote_ident(k.conname)
      FROM pg_catalog.pg_constraint AS k JOIN relations AS r ON r.oid = k.conrelid
     WHERE k.contype <> 'n' AND k.conparentid = 0
    UNION ALL
    SELECT 'partition ' || r.named || ' of ' || p.named, 'table ' || r.named,
           CASE WHEN coalesce((pg_catalog.to_jsonb(i) ->> 'inhdetachpending')::boolean, false) THEN 'waiting for its detachment' ELSE '' END,
           '', CASE WHEN coalesce((pg_catalog.to_jsonb(i) ->> 'inhdetachpending')::boolean, false)
                    THEN 'ALTER TABLE ' || p.whole || ' DETACH PARTITION ' || r.whole || ' FINALIZE' ELSE '' END
      FROM pg_catalog.pg_inherits AS i JOIN relations AS r ON r.oid = i.inhrelid JOIN relations AS p ON p.oid = i.inhparent
     WHERE p.relkind = 'p'
    UNION ALL
    SELECT 'trigger ' || pg_catalog.quote_ident(t.tgname) || ' on ' || r.named, r.kind || ' ' || r.named, '',
           pg_catalog.md5(t::text), 'DROP TRIGGER ' || pg_catalog.quote_ident(t.tgname) || ' ON ' || r.whole
      FROM pg_catalog.pg_trigger AS t JOIN relations AS r ON r.oid = t.tgrelid
     WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'policy ' || pg_catalog.quote_ident(p.polname) || ' on ' || r.named, r.kind || ' ' || r.named, '',
           pg_catalog.md5(p::text), 'DROP POLICY ' || pg_catalog.quote_ident(p.polname) || ' ON ' || r.whole
      FROM pg_catalog.pg_policy AS p JOIN relations AS r ON r.oid = p.polrelid
    UNION ALL
    SELECT 'rule ' || pg_catalog.quote_ident(w.rulename) || ' on ' || w.named, w.holder, '',
           pg_catalog.md5(w.ev_action::text || w.ev_qual::text || w.ev_enabled::text || w.is_instead::text),
           'DROP RULE ' || pg_catalog.quote_ident(w.rulename) || ' ON ' || w.whole
      FROM rules AS w WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT CASE p.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END || s.shown
               || pg_catalog.quote_ident(p.proname) || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',
           '', '', pg_catalog.md5(p::text),
           CASE p.prokind WHEN 'p' THEN 'DROP PROCEDURE ' WHEN 'a' THEN 'DROP AGGREGATE ' ELSE 'DROP FUNCTION ' END || s.whole
               || pg_catalog.quote_ident(p.proname) || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')'
      FROM pg_catalog.pg_proc AS p JOIN spaces AS s ON s.oid = p.pronamespace
     WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_catalog.pg_proc'::regclass AND m.objid = p.oid)
    UNION ALL
    SELECT CASE t.typtype WHEN 'd' THEN 'domain ' ELSE 'type ' END || s.shown || pg_catalog.quote_ident(t.typname), '', '',
           pg_catalog.md5(t::text
               || coalesce((SELECT pg_catalog.string_agg(e::text, ' ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid), '')
               || coalesce((SELECT g::text FROM pg_catalog.pg_range AS g WHERE g.rngtypid = t.oid), '')
               || coalesce((SELECT pg_catalog.string_agg(k::text, ' ' ORDER BY k.oid) FROM pg_catalog.pg_constraint AS k WHERE k.contypid = t.oid), '')),
           CASE t.typtype WHEN 'd' THEN 'DROP DOMAIN ' ELSE 'DROP TYPE ' END || s.whole || pg_catalog.quote_ident(t.typname)
      FROM pg_catalog.pg_type AS t JOIN spaces AS s ON s.oid = t.typnamespace
     WHERE t.typtype IN ('b', 'd', 'e', 'r') AND t.typelem = 0
       AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_catalog.pg_type'::regclass AND m.objid = t.oid)
    UNION ALL
    SELECT 'extension ' || pg_catalog.quote_ident(e.extname), '', '', e.extversion, 'DROP EXTENSION ' || pg_catalog.quote_ident(e.extname)
      FROM pg_catalog.pg_extension AS e
    UNION ALL
    SELECT 'statistics ' || s.shown || pg_catalog.quote_ident(x.stxname), '', '', pg_catalog.md5(x::text),
           'DROP STATISTICS ' || s.whole || pg_catalog.quote_ident(x.stxname)
      FROM pg_catalog.pg_statistic_ext AS x JOIN spaces AS s ON s.oid = x.stxnamespace
    UNION ALL
    SELECT 'collation ' || s.shown || pg_catalog.quote_ident(x.collname), '', '', pg_catalog.md5(x::text),
           'DROP COLLATION ' || s.whole || pg_catalog.quote_ident(x.collname)
      FROM pg_catalog.pg_collation AS x JOIN spaces AS s ON s.oid = x.collnamespace
    UNION ALL
    SELECT 'publication ' || pg_catalog.quote_ident(p.pubname), '', '',
           pg_catalog.md5(p::text || coalesce((SELECT pg_catalog.string_agg(t::text, ' ' ORDER BY t.oid) FROM pg_catalog.pg_publication_rel AS t WHERE t.prpubid = p.oid), '')),
           'DROP PUBLICATION ' || pg_catalog.quote_ident(p.pubname)
      FROM pg_catalog.pg_publication AS p
    UNION ALL
    SELECT 'event trigger ' || pg_catalog.quote_ident(e.evtname), '', '', pg_catalog.md5(e::text),
           'DROP EVENT TRIGGER ' || pg_catalog.quote_ident(e.evtname)
      FROM pg_catalog.pg_event_trigger AS e
     WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_catalog.pg_event_trigger'::regclass AND m.objid = e.oid)
    UNION ALL
    SELECT 'default rights ' || d.oid::text, '', '', pg_catalog.md5(d::text), '' FROM pg_catalog.pg_default_acl AS d
    UNION ALL
    SELECT 'comment on ' || r.kind || ' ' || r.named || coalesce('.' || pg_catalog.quote_ident(a.attname), ''),
           r.kind || ' ' || r.named, '', pg_catalog.md5(d.description), ''
      FROM pg_catalog.pg_description AS d
      JOIN relations AS r ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = r.oid
      LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum = d.objsubid AND d.objsubid > 0
    UNION ALL
    SELECT 'settings of the database' || coalesce(' for role ' || pg_catalog.quote_ident(o.rolname), ''), '', '',
           pg_catalog.md5(coalesce((SELECT pg_catalog.string_agg(v, E'\n') FROM pg_catalog.unnest(x.setconfig) AS v WHERE v NOT LIKE 'surefoot.%'), '')), ''
      FROM pg_catalog.pg_db_role_setting AS x
      LEFT JOIN pg_catalog.pg_roles AS o ON o.oid = x.setrole
     WHERE x.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
       AND EXISTS (SELECT FROM pg_catalog.unnest(x.setconfig) AS v WHERE v NOT LIKE 'surefoot.%')
)
SELECT pg_catalog.json_build_object(
    'next_transaction', pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()),
    'objects', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(name, holder, condition, digest, removal) ORDER BY name), '[]'::json)
                  FROM found)
)::text
