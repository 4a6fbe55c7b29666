CREATE TABLE order_copies AS SELECT * FROM orders;
