ALTER TABLE orders ADD CONSTRAINT orders_side_not_null CHECK (side IS NOT NULL) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_side_not_null;
