ALTER TABLE orders ADD COLUMN received_at timestamptz DEFAULT now() NOT NULL;
ALTER TABLE orders ADD COLUMN tags jsonb DEFAULT '{}'::jsonb;

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
