CREATE TABLE fresh (id int);
DROP TRIGGER IF EXISTS fresh_touch ON fresh;
