COMMENT ON TABLE orders IS 'kept';
ANALYZE orders;

-- case
-- schema: unknown
BEGIN;

-- case
-- schema: unknown
COMMIT;

-- case
-- schema: unknown
SET lock_timeout = '5s';

-- case
-- schema: unknown
SET LOCAL lock_timeout = 0;

-- case
-- schema: unknown
COMMENT ON TABLE orders IS 'x';

-- case
-- schema: unknown
ANALYZE orders;

-- case
-- schema: unknown
VACUUM orders;

-- case
-- schema: unknown
GRANT SELECT ON orders TO app;

-- case
-- schema: unknown
CREATE EXTENSION IF NOT EXISTS pgcrypto;

-- case
-- schema: unknown
CREATE TABLE copy AS SELECT * FROM orders;

-- case
SELECT relname FROM pg_catalog.pg_class WHERE relname = 'orders';
SELECT count(*) FROM orders;
SELECT setval('invoice_number_seq', 1);
EXPLAIN SELECT 1;
WITH changed AS (UPDATE orders SET side = 'buy' WHERE side IS NULL RETURNING id) SELECT count(*) FROM changed;

-- case
-- measured: {}
SELECT next_code();
-- measured: {}
DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN EXECUTE 'CREATE TYPE mood AS ENUM ()'; END IF; END $$;
