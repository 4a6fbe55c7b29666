ALTER TABLE orders ADD COLUMN client_reference text UNIQUE;

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a INT UNIQUE;
