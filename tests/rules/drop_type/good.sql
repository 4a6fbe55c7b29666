CREATE TYPE order_state AS ENUM ('open', 'done');

-- case
-- schema: unknown
DROP INDEX i;

-- case
-- schema: unknown
CREATE TYPE mood AS ENUM ('a');

-- case
-- schema: unknown
CREATE VIEW totals AS SELECT 1;
