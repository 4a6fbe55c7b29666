VACUUM FULL orders;
CLUSTER orders USING orders_symbol_idx;
