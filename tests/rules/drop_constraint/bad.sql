ALTER TABLE orders DROP CONSTRAINT orders_quantity_check;

-- case
-- schema: unknown
ALTER TABLE users DROP CONSTRAINT users_email_key;
