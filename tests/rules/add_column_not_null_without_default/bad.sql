ALTER TABLE orders ADD COLUMN currency text NOT NULL;

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a TEXT NOT NULL;

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a BIGINT PRIMARY KEY;

-- case
-- tables: 0
ALTER TABLE orders ADD COLUMN currency text NOT NULL;

-- case
-- tables: unknown
ALTER TABLE orders ADD COLUMN currency text NOT NULL;
