ALTER SCHEMA audit RENAME TO archive;

-- case
-- schema: unknown
ALTER SCHEMA audit RENAME TO log;
