ALTER TABLE orders ADD COLUMN discount integer DEFAULT 0;
ALTER TABLE orders ADD CONSTRAINT orders_discount_check CHECK (discount >= 0) NOT VALID;

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a INT DEFAULT 1 NOT NULL;
