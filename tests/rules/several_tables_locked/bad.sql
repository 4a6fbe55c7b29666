BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
ALTER TABLE users ADD COLUMN currency text;
COMMIT;
