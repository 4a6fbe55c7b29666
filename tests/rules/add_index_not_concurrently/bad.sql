CREATE INDEX orders_strategy_id_idx ON orders (strategy_id);

-- case
-- schema: unknown
CREATE INDEX i ON orders (side);

-- case
-- schema: unknown
CREATE UNIQUE INDEX i ON public.users (x);
