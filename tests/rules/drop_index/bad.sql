DROP INDEX orders_symbol_idx;
