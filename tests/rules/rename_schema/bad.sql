ALTER SCHEMA audit RENAME TO archive;
