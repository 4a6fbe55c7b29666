-- revision is: {"is_rolled_back": true}
ALTER TABLE orders ADD COLUMN source text;
