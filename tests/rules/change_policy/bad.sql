CREATE POLICY own_orders ON orders USING (user_id = 1);
DROP POLICY own_log ON audit.log;
