UPDATE orders SET note = 'migrated';

-- case
-- schema: unknown
UPDATE orders SET side = 'buy';

-- case
-- tables: 0
-- remains: the statement is judged by its kind, not by today's rows
UPDATE orders SET note = 'migrated';
