-- revision is: {"has_downgrade": true}
ALTER TABLE orders ADD COLUMN currency text;
-- case
ALTER TABLE orders ADD COLUMN currency text;
