-- remains: this is the safe form's first half
ALTER TABLE orders ADD CONSTRAINT orders_price_check CHECK (price > 0) NOT VALID;

-- case
-- schema: unknown
ALTER TABLE orders ADD CONSTRAINT c CHECK (quantity > 0) NOT VALID;
