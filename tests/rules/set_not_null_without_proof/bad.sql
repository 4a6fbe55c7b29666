-- remains: the proof makes it medium
ALTER TABLE orders ALTER COLUMN side SET NOT NULL;

-- case
-- schema: unknown
ALTER TABLE orders ADD CONSTRAINT c CHECK (side IS NOT NULL) NOT VALID;
ALTER TABLE orders ALTER COLUMN side SET NOT NULL;

-- case
-- schema: unknown
ALTER TABLE orders ADD CONSTRAINT c CHECK (side IS NOT NULL);
ALTER TABLE orders DROP CONSTRAINT c;
ALTER TABLE orders ALTER COLUMN side SET NOT NULL;

-- case
-- schema: unknown
ALTER TABLE orders ADD CONSTRAINT c CHECK (side IS NOT NULL);
ALTER TABLE orders ALTER COLUMN quantity SET NOT NULL;

-- case
-- schema: unknown
ALTER TABLE users ADD CONSTRAINT c CHECK (side IS NOT NULL);
ALTER TABLE orders ALTER COLUMN side SET NOT NULL;

-- case
-- schema: unknown
ALTER TABLE orders ADD CONSTRAINT c CHECK (side IS NOT NULL);
ALTER TABLE orders ALTER COLUMN side SET NOT NULL;

-- case
-- schema: unknown
ALTER TABLE orders ADD CONSTRAINT c CHECK (side IS NOT NULL) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT c;
ALTER TABLE orders ALTER COLUMN side SET NOT NULL;
