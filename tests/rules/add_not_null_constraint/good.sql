ALTER TABLE orders ADD CONSTRAINT orders_side_not_null NOT NULL side NOT VALID;
