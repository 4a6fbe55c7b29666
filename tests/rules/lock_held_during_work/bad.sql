BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
UPDATE users SET phone = NULL WHERE phone = '';
COMMIT;
-- case
-- tables: 50000000
BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
CREATE INDEX users_phone_idx ON users (phone);
COMMIT;
