ALTER TABLE orders ADD COLUMN discount integer DEFAULT 0;
ALTER TABLE orders ADD CONSTRAINT orders_discount_check CHECK (discount >= 0) NOT VALID;
