DELETE FROM order_lines;
DELETE FROM orders WHERE 1 = 1;
