-- Sessions that keep readers out of a table of this database, and for how long their transaction has lasted.
SELECT l.relation::regclass::text AS table_name, a.pid,
       concat_ws(', ', nullif(a.application_name, ''), a.usename) AS who,
       extract(epoch FROM now() - a.xact_start)::float8 AS seconds
  FROM pg_locks l
  JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.granted AND a.pid <> pg_backend_pid()
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
 ORDER BY seconds DESC LIMIT 3
