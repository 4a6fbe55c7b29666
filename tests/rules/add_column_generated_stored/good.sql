ALTER TABLE orders ADD COLUMN total numeric;

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL;

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc');

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a JSONB DEFAULT '{}'::jsonb;

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a DATE DEFAULT CURRENT_DATE;
