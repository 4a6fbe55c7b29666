CREATE INDEX CONCURRENTLY orders_symbol_index ON orders (symbol);
