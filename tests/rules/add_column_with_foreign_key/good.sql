ALTER TABLE orders ADD COLUMN approved_by bigint;
ALTER TABLE orders ADD CONSTRAINT orders_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES users (id) NOT VALID;

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a INT DEFAULT 1 NOT NULL;
