ALTER TABLE order_lines ALTER COLUMN order_id TYPE integer;
