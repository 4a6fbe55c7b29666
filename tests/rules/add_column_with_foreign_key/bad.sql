ALTER TABLE orders ADD COLUMN approved_by bigint REFERENCES users (id);

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a INT REFERENCES users (id);
