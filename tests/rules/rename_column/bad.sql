ALTER TABLE orders RENAME side_code TO code;
