ALTER TABLE sessions SET LOGGED;

-- case
-- schema: unknown
ALTER TABLE orders SET LOGGED;
