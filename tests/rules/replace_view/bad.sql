-- remains: the lock itself stays; alone in its transaction it is short, and lock_timeout bounds the waiting
CREATE OR REPLACE VIEW open_orders AS SELECT id, user_id, symbol FROM orders;
