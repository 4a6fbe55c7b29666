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
