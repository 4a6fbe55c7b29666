DROP INDEX CONCURRENTLY orders_symbol_idx;
