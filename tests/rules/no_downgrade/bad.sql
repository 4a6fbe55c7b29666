-- revision is: {"has_downgrade": false}
ALTER TABLE orders ADD COLUMN currency text;
-- case
-- revision is: {"has_downgrade": false}
CREATE TABLE fresh (id int);
