-- End one session, and only that one: a pid alone may be another session's by now.
SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) AS ended
FROM pg_stat_activity
WHERE pid = $1::int AND backend_start = $2::timestamptz AND datname = current_database() AND pid <> pg_backend_pid()
