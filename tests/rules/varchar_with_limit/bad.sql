ALTER TABLE orders ADD COLUMN currency varchar(3);
