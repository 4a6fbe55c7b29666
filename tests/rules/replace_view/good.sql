CREATE VIEW waiting_orders AS SELECT id FROM orders;
