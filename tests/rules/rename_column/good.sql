CREATE TABLE fresh (id int);
ALTER TABLE fresh RENAME id TO number;
