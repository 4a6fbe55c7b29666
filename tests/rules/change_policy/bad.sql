-- remains: the lock itself stays; alone in its transaction it is short, and lock_timeout bounds the waiting
CREATE POLICY own_orders ON orders USING (user_id = 1);
DROP POLICY own_log ON audit.log;
