ALTER TABLE orders ADD COLUMN public_id uuid DEFAULT gen_random_uuid() NOT NULL;

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a UUID DEFAULT gen_random_uuid() NOT NULL;

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a TEXT DEFAULT gen_random_uuid()::text;

-- case
-- schema: unknown
ALTER TABLE orders ADD COLUMN a TEXT DEFAULT upper(our_own());
