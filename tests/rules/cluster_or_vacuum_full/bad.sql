VACUUM FULL orders;
CLUSTER orders USING orders_symbol_idx;

-- case
-- schema: unknown
CLUSTER orders;
