ALTER TABLE orders ADD COLUMN source text;
-- case
ALTER TABLE kits ALTER COLUMN label SET DEFAULT '';
-- case
-- schema: unknown
ALTER TABLE kits ADD COLUMN source text;
