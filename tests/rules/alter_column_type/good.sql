ALTER TABLE order_lines ADD COLUMN amount_new bigint;
