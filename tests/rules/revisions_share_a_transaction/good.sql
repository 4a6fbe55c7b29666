BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
COMMIT;
-- revision
BEGIN;
UPDATE users SET phone = NULL WHERE phone = '';
COMMIT;
-- case
BEGIN;
CREATE TABLE fresh (id int);
-- revision
ALTER TABLE orders ADD COLUMN currency text;
COMMIT;
