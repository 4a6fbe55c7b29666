ALTER TABLE orders SET SCHEMA audit;

-- case
-- schema: unknown
ALTER TABLE orders SET SCHEMA old;
