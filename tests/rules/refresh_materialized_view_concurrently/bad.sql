-- remains: this is the safe form
REFRESH MATERIALIZED VIEW CONCURRENTLY daily_totals;
