INSERT INTO strategies (name) SELECT DISTINCT symbol FROM orders;

-- case
-- schema: unknown
INSERT INTO orders SELECT * FROM users;
