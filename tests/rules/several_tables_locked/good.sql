BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
ALTER TABLE orders ADD COLUMN fee numeric;
COMMIT;
BEGIN;
ALTER TABLE users ADD COLUMN currency text;
COMMIT;
