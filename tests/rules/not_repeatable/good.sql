BEGIN;
ALTER TABLE orders ADD COLUMN IF NOT EXISTS currency text;
COMMIT;
DROP INDEX CONCURRENTLY IF EXISTS orders_currency_idx;
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_currency_idx ON orders (currency);
-- case
BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
COMMIT;
