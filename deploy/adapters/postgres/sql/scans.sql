-- How often the larger tables were read from end to end. Counters alone; no lock on a table.
SELECT schemaname || '.' || relname AS name, coalesce(n_live_tup, 0) AS rows, coalesce(seq_scan, 0) AS sequential_scans
FROM pg_stat_user_tables
WHERE n_live_tup >= $1
ORDER BY n_live_tup DESC
LIMIT 100
