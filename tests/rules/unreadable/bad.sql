ALTER TABEL orders DROP COLUMN side;

-- case
-- schema: unknown
ALTER TABEL orders DROP COLUMN x;
