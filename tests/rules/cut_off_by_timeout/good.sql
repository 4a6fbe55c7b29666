-- tables: 600000
-- setting: {"time_limits": [["statement_timeout", 300, "role shop"]]}
SET statement_timeout = 0;
CREATE INDEX CONCURRENTLY ix_orders_symbol ON orders (symbol);

-- case
-- tables: 600000
-- setting: {"time_limits": [["statement_timeout", 300, "role shop"]]}
BEGIN;
SET LOCAL statement_timeout = 0;
ALTER TABLE orders ALTER COLUMN side TYPE varchar(1);
COMMIT;

-- case
-- setting: {"time_limits": [["statement_timeout", 60000, "role shop"]]}
ALTER TABLE orders ADD COLUMN currency text;

-- case
-- setting: {"time_limits": [["statement_timeout", 60000, "role shop"]]}
CREATE INDEX ix_orders_symbol ON orders (symbol);
