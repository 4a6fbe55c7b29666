ALTER TABLE orders DROP COLUMN side_code;
