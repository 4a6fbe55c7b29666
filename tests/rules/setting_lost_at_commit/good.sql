BEGIN;
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN currency text;
COMMIT;
CREATE INDEX CONCURRENTLY orders_strategy_id_idx ON orders (strategy_id);
-- case
SET lock_timeout = '3s';
BEGIN;
COMMIT;
BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
COMMIT;
-- case
BEGIN;
SET LOCAL lock_timeout = '3s';
COMMIT;
BEGIN;
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders ADD COLUMN currency text;
COMMIT;
