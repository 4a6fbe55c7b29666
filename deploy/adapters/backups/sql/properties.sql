-- What belongs to the database itself, and no dump of its content brings back. One row, one JSON text.
-- `{database}` stands for its quoted name: a restored one bears another name at first.
WITH this AS (
  SELECT d.*, pg_catalog.to_jsonb(d) AS every FROM pg_catalog.pg_database d
   WHERE d.datname = pg_catalog.current_database()
), settings AS (
  SELECT s.setrole, pg_catalog.unnest(s.setconfig) AS setting
    FROM pg_catalog.pg_db_role_setting s JOIN this ON s.setdatabase = this.oid
), statements AS (
  SELECT 1 AS kind, CASE WHEN setrole = 0 THEN 'ALTER DATABASE {database} SET '
              ELSE pg_catalog.format('ALTER ROLE %I IN DATABASE {database} SET ', pg_catalog.pg_get_userbyid(setrole)) END
         || pg_catalog.format('%I TO ', pg_catalog.split_part(setting, '=', 1))
         -- Lists (search_path and the like) are stored quoted where they must be, and must not be quoted again.
         || CASE WHEN pg_catalog.lower(pg_catalog.split_part(setting, '=', 1)) IN
                   ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'local_preload_libraries',
                    'datestyle', 'unix_socket_directories')
                 THEN pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1)
                 ELSE pg_catalog.quote_literal(pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1)) END AS text
    FROM settings
  UNION ALL
  SELECT 2, pg_catalog.format(
           'GRANT %s ON DATABASE {database} TO %s%s', a.privilege_type,
           CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
           CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM this, pg_catalog.aclexplode(this.datacl) a
  UNION ALL
  SELECT 3, 'COMMENT ON DATABASE {database} IS ' || pg_catalog.quote_literal(pg_catalog.shobj_description(this.oid, 'pg_database'))
    FROM this WHERE pg_catalog.shobj_description(this.oid, 'pg_database') IS NOT NULL
)
SELECT pg_catalog.json_build_object(
  'owner', pg_catalog.pg_get_userbyid(this.datdba),
  'encoding', pg_catalog.pg_encoding_to_char(this.encoding),
  'locale_provider', coalesce(this.every ->> 'datlocprovider', 'c'),
  'collate', this.datcollate,
  'ctype', this.datctype,
  'locale', coalesce(this.every ->> 'datlocale', this.every ->> 'daticulocale'),
  'connection_limit', this.datconnlimit,
  'has_acl', this.datacl IS NOT NULL,
  'statements', coalesce((SELECT pg_catalog.json_agg(text ORDER BY kind, text) FROM statements), '[]'::json)
)::text FROM this
