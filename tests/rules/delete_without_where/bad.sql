DELETE FROM order_lines;
DELETE FROM orders WHERE 1 = 1;

-- case
-- schema: unknown
CREATE TABLE kept (id int);
WITH gone AS (DELETE FROM orders RETURNING id) INSERT INTO kept SELECT id FROM gone;

-- case
-- schema: unknown
WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM gone;

-- case
-- tables: 0
DELETE FROM order_lines;
