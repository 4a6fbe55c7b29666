CREATE OR REPLACE VIEW open_orders AS SELECT id, user_id, symbol FROM orders;
