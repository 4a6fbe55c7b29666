-- remains: the rows change all the same: in small transactions
DELETE FROM orders WHERE side IS NULL;
