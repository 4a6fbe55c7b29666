BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
COMMIT;
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_currency_idx ON orders (currency);
-- case
CREATE INDEX CONCURRENTLY orders_strategy_id_idx ON orders (strategy_id);
