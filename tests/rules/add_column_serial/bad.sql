ALTER TABLE orders ADD COLUMN number bigserial NOT NULL;

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a BIGSERIAL NOT NULL;
