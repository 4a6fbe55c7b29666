-- remains: what goes must go in the end: in a later release
ALTER TYPE order_kind RENAME TO kind_of_order;

-- case
-- schema: unknown
ALTER TYPE mood RENAME TO feeling;
