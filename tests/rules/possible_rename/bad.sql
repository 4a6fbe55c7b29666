ALTER TABLE orders ADD COLUMN trade_side text;
ALTER TABLE orders DROP COLUMN side_code;
