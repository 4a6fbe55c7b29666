CREATE TABLE fresh (id int);
DELETE FROM fresh;
