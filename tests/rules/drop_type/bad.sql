-- remains: what goes must go in the end: in a later release
DROP TYPE order_kind CASCADE;

-- case
-- schema: unknown
DROP TYPE mood;

-- case
-- schema: unknown
DROP TYPE mood CASCADE;
