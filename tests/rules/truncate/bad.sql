TRUNCATE users CASCADE;

-- case
-- schema: unknown
TRUNCATE orders;

-- case
-- schema: unknown
CREATE TABLE fresh (id int);
TRUNCATE fresh CASCADE;

-- case
-- tables: 0
-- remains: the statement is judged by its kind, not by today's rows
TRUNCATE audit.log;
