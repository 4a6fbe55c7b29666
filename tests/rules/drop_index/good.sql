DROP INDEX CONCURRENTLY IF EXISTS orders_strategy_id_idx;
CREATE INDEX CONCURRENTLY orders_strategy_id_idx ON orders (strategy_id);

-- case
-- schema: unknown
DROP INDEX CONCURRENTLY IF EXISTS i;
CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (side);
