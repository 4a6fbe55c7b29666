BEGIN;
ALTER TABLE orders ADD CONSTRAINT orders_price_check CHECK (price > 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_price_check;
COMMIT;
