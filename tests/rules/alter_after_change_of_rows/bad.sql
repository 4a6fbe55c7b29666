BEGIN;
UPDATE orders SET side = 'buy' WHERE side_code = 'B';
ALTER TABLE orders ADD COLUMN currency text;
COMMIT;
