DROP MATERIALIZED VIEW daily_totals;

-- case
-- schema: unknown
DROP MATERIALIZED VIEW totals;
