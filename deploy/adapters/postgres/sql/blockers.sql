-- Sessions of this database that have held a relation lock, in one transaction, for more than a few seconds.
SELECT a.pid,
       round(extract(epoch FROM now() - a.xact_start))::int AS seconds,
       coalesce(a.state, '?') AS state,
       coalesce(nullif(a.application_name, ''), '?') AS application_name,
       left(regexp_replace(coalesce(a.query, ''), '\s+', ' ', 'g'), 60) AS query
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
  AND a.xact_start < now() - interval '5 seconds'
  AND EXISTS (SELECT 1 FROM pg_locks AS l WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.granted)
ORDER BY a.xact_start
LIMIT 5
