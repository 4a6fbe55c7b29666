-- $1: the first transaction number that counts; $2: the most that are looked at. The names txid_… are those of all
-- supported versions. txid_status is null where the record is gone already.
WITH span AS (
    SELECT $1::bigint AS first, pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) - 1 AS last
), seen AS (
    SELECT pg_catalog.txid_status(number) AS status
      FROM span, pg_catalog.generate_series(span.first, least(span.last, span.first + $2)) AS number
)
SELECT (SELECT count(*) FROM seen WHERE status = 'committed') AS committed,
       span.last - span.first + 1 BETWEEN 0 AND $2
           AND NOT EXISTS (SELECT FROM seen WHERE status IS NULL OR status = 'in progress') AS is_known
  FROM span
