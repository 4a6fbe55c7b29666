CREATE SEQUENCE orders_number_seq;
ALTER TABLE orders ADD COLUMN number bigint;
ALTER TABLE orders ALTER COLUMN number SET DEFAULT nextval('orders_number_seq');

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
