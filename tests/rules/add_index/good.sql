CREATE TABLE fresh (id int);
CREATE INDEX CONCURRENTLY fresh_id_idx ON fresh (id);
