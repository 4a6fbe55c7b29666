ALTER TABLE orders ADD COLUMN approved_by bigint REFERENCES users (id);
