-- remains: the lock itself stays; alone in its transaction it is short, and lock_timeout bounds the waiting
ALTER TABLE orders ALTER COLUMN symbol DROP NOT NULL;
