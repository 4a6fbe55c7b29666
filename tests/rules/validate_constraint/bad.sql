-- remains: this is the safe form
ALTER TABLE orders VALIDATE CONSTRAINT orders_quantity_check;

-- case
-- schema: unknown
ALTER TABLE orders VALIDATE CONSTRAINT c;
