DROP TYPE order_kind CASCADE;

-- case
-- schema: unknown
DROP TYPE mood;

-- case
-- schema: unknown
DROP TYPE mood CASCADE;
