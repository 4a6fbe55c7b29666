CREATE INDEX CONCURRENTLY orders_user_id_symbol_idx ON orders (user_id, symbol);
