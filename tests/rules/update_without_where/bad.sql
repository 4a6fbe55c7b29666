UPDATE orders SET note = 'migrated';

-- case
-- schema: unknown
UPDATE orders SET side = 'buy';

-- case
-- tables: 0
UPDATE orders SET note = 'migrated';
