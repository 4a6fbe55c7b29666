-- remains: the name changes, with a view of the old one
ALTER TABLE orders SET SCHEMA audit;

-- case
-- schema: unknown
ALTER TABLE orders SET SCHEMA old;
