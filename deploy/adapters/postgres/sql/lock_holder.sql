-- Who holds an advisory lock alone: pg_locks shows a bigint key as classid (high half) and objid (low half).
SELECT a.pid, coalesce(nullif(a.application_name, ''), '?') AS application_name,
       coalesce(host(a.client_addr), 'local') AS client, a.backend_start
FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.mode = 'ExclusiveLock' AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid::bigint = (($1::bigint >> 32) & 4294967295) AND l.objid::bigint = ($1::bigint & 4294967295)
LIMIT 1
