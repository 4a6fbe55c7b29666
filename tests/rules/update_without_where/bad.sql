UPDATE orders SET note = 'migrated';

-- case
-- schema: unknown
UPDATE orders SET side = 'buy';
