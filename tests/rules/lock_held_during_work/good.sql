BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
ALTER TABLE users ADD COLUMN currency text;
COMMIT;
-- case
BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
COMMIT;
BEGIN;
UPDATE users SET phone = NULL WHERE phone = '';
COMMIT;
