ALTER TABLE orders ADD COLUMN total numeric GENERATED ALWAYS AS (price * quantity) STORED;

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a INT GENERATED ALWAYS AS (quantity * 2) STORED;
