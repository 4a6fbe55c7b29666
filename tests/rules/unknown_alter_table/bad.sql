CREATE TYPE order_line AS (id int);
ALTER TABLE order_lines NOT OF;
