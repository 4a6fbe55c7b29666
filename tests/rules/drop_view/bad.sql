DROP VIEW open_orders;

-- case
-- schema: unknown
DROP VIEW totals;
