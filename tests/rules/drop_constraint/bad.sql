-- remains: the lock itself stays; alone in its transaction it is short, and lock_timeout bounds the waiting
ALTER TABLE orders DROP CONSTRAINT orders_quantity_check;

-- case
-- schema: unknown
ALTER TABLE users DROP CONSTRAINT users_email_key;
