-- remains: the rows change all the same: in small transactions
INSERT INTO strategies (name) SELECT DISTINCT symbol FROM orders;

-- case
-- schema: unknown
INSERT INTO orders SELECT * FROM users;
