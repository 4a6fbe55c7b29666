ALTER INDEX orders_symbol_idx RENAME TO orders_symbol_index;
