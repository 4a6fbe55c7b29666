ALTER TABLE orders ADD COLUMN trade_side bigint;
ALTER TABLE users DROP COLUMN phone;
-- case
ALTER TABLE orders DROP COLUMN side_code;
