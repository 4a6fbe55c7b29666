ALTER TABLE orders RENAME side_code TO code;

-- case
-- schema: unknown
ALTER TABLE orders RENAME side_code TO side;
