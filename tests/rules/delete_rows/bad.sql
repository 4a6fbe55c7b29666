-- remains: the rows change all the same: in small transactions
DELETE FROM orders WHERE side IS NULL;

-- case
-- tables: 0
-- remains: the statement is judged by its kind, not by today's rows
DELETE FROM orders WHERE side IS NULL;
