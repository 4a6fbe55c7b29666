CREATE INDEX CONCURRENTLY orders_strategy_id_idx ON orders (strategy_id);
-- case
BEGIN;
CREATE INDEX orders_strategy_id_idx ON orders (strategy_id);
COMMIT;
