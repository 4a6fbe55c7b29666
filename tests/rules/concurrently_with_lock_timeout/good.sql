-- setting: {"lock_timeout": "3s"}
SET lock_timeout = 0;
CREATE INDEX CONCURRENTLY orders_strategy_id_idx ON orders (strategy_id);
-- case
CREATE INDEX CONCURRENTLY orders_strategy_id_idx ON orders (strategy_id);
-- case
-- setting: {"lock_timeout": "3s"}
ALTER TABLE orders ADD COLUMN currency text;
-- case
BEGIN;
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN currency text;
COMMIT;
CREATE INDEX CONCURRENTLY orders_currency_idx ON orders (currency);
