TRUNCATE users CASCADE;

-- case
-- schema: unknown
TRUNCATE orders;

-- case
-- schema: unknown
CREATE TABLE fresh (id int);
TRUNCATE fresh CASCADE;
