CREATE INDEX CONCURRENTLY orders_symbol_again_idx ON orders (symbol);
