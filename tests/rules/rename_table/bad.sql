ALTER TABLE orders RENAME TO trades;
