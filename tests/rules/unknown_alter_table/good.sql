ALTER TABLE orders SET (fillfactor = 90);
ALTER TABLE orders ALTER COLUMN note SET STATISTICS 500;

-- case
-- schema: unknown
ALTER TABLE orders SET (fillfactor = 90);

-- case
-- schema: unknown
ALTER TABLE orders ALTER a SET STATISTICS 500;
