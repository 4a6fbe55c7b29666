ALTER TABLE orders ADD COLUMN details jsonb;
