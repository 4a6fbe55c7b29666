SET lock_timeout = '5s';
CREATE INDEX CONCURRENTLY orders_strategy_id_idx ON orders (strategy_id);
-- case
-- setting: {"lock_timeout": "3s"}
DROP INDEX CONCURRENTLY orders_symbol_idx;
