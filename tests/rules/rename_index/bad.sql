-- remains: the lock itself stays; alone in its transaction it is short, and lock_timeout bounds the waiting
ALTER INDEX orders_symbol_idx RENAME TO orders_symbol_index;
