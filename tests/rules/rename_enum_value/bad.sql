ALTER TYPE order_kind RENAME VALUE 'limit' TO 'limited';

-- case
-- schema: unknown
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
