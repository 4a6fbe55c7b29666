ALTER TABLE order_lines ALTER COLUMN amount TYPE bigint;
