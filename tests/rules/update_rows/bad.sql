-- remains: the rows change all the same: in small transactions
UPDATE orders SET side = 'buy' WHERE side_code = 'B';

-- case
-- schema: unknown
INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET email = 'x';

-- case
-- tables: 0
-- remains: the statement is judged by its kind, not by today's rows
UPDATE orders SET side = 'buy' WHERE side_code = 'B';
