ALTER TABLE orders ADD COLUMN number bigserial NOT NULL;
