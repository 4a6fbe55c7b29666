-- remains: a dropped index is medium however it is dropped
DROP INDEX orders_symbol_idx;

-- case
-- schema: unknown
DROP INDEX CONCURRENTLY IF EXISTS public.orders_symbol_idx;
