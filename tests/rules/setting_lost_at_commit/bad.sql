BEGIN;
SET LOCAL lock_timeout = '3s';
COMMIT;
CREATE INDEX CONCURRENTLY orders_strategy_id_idx ON orders (strategy_id);
BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
COMMIT;
