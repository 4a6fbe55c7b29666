ALTER TABLE order_lines ALTER COLUMN amount TYPE bigint;

-- case
-- schema: unknown
ALTER TABLE orders ALTER COLUMN quantity TYPE BIGINT;

-- case
-- schema: unknown
ALTER TABLE orders ALTER COLUMN quantity TYPE text USING quantity::text;
