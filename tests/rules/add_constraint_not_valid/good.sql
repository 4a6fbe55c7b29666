ALTER TABLE orders ALTER COLUMN price SET DEFAULT 1;

-- case
-- schema: unknown
ALTER TABLE orders ADD CONSTRAINT c CHECK (quantity > 0);
