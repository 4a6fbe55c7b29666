CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_strategy_id_idx ON orders (strategy_id);
