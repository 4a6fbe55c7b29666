CREATE TABLE fresh (id int);
LOCK TABLE fresh;
