-- remains: what goes must go in the end: in a later release
ALTER TABLE orders ALTER COLUMN kind DROP DEFAULT;

-- case
-- schema: unknown
ALTER TABLE orders ALTER COLUMN side DROP DEFAULT;
