ALTER TABLE orders ALTER COLUMN kind SET DEFAULT 'limit';

-- case
-- schema: unknown
ALTER TABLE orders ALTER COLUMN side SET DEFAULT 'buy';
