BEGIN;
UPDATE orders SET side = 'buy' WHERE side_code = 'B';
ALTER TABLE users ADD COLUMN currency text;
COMMIT;
-- case
BEGIN;
UPDATE orders SET side = 'buy' WHERE side_code = 'B';
COMMIT;
BEGIN;
ALTER TABLE orders ADD COLUMN currency text;
COMMIT;
