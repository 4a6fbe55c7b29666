CREATE SCHEMA archive;

-- case
-- schema: unknown
CREATE SCHEMA audit;
