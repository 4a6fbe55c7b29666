ALTER TABLE orders SET LOGGED;
-- case
CREATE TABLE fresh (id int);
ALTER TABLE fresh SET LOGGED;
