ALTER TABLE orders OWNER TO CURRENT_USER;

-- case
-- schema: unknown
ALTER TABLE orders OWNER TO ann;
