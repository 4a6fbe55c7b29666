ALTER TABLE orders ADD COLUMN filled_at timestamp;
