ALTER TABLE orders ADD COLUMN source text;

-- case
-- schema: unknown
-- DROP TABEL x;

-- case
-- schema: unknown
SELECT 1;
