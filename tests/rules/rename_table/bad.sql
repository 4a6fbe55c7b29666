-- remains: the name changes, with a view of the old one
ALTER TABLE orders RENAME TO trades;
