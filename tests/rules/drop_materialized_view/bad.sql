-- remains: what goes must go in the end: in a later release
DROP MATERIALIZED VIEW daily_totals;

-- case
-- schema: unknown
DROP MATERIALIZED VIEW totals;
