CREATE TABLE fresh (id int CONSTRAINT fresh_key UNIQUE);
ALTER TABLE fresh RENAME CONSTRAINT fresh_key TO fresh_id_key;
