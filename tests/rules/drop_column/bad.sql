-- remains: what goes must go in the end: in a later release
ALTER TABLE orders DROP COLUMN side_code;

-- case
-- remains: what goes must go in the end: in a later release
ALTER TABLE users DROP COLUMN email;

-- case
-- schema: unknown
ALTER TABLE ONLY orders ADD COLUMN a int, DROP b;
