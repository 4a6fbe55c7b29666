ALTER TABLE orders ADD COLUMN discount integer DEFAULT 0 CHECK (discount >= 0);

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a INT CHECK (a > 0);
