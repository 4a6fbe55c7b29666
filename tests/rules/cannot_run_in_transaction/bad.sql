BEGIN;
CREATE INDEX CONCURRENTLY orders_strategy_id_idx ON orders (strategy_id);
COMMIT;
-- case
BEGIN;
VACUUM orders;
COMMIT;
