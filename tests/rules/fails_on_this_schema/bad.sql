ALTER TABLE orders DROP COLUMN no_such_column;
