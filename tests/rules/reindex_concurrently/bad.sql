-- remains: this is the safe form
REINDEX INDEX CONCURRENTLY orders_symbol_idx;
