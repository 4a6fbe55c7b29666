BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
-- revision
UPDATE users SET phone = NULL WHERE phone = '';
COMMIT;
