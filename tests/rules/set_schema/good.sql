CREATE TABLE audit.orders (id int);
