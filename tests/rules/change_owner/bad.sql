-- remains: the lock itself stays; alone in its transaction it is short, and lock_timeout bounds the waiting
ALTER TABLE orders OWNER TO CURRENT_USER;

-- case
-- schema: unknown
ALTER TABLE orders OWNER TO ann;
