ALTER TABLE orders ADD COLUMN client_reference text;
CREATE UNIQUE INDEX CONCURRENTLY orders_client_reference_key ON orders (client_reference);

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a INT DEFAULT 1 NOT NULL;
