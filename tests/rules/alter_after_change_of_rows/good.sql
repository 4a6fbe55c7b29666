UPDATE orders SET side = 'buy' WHERE side_code = 'B';
ALTER TABLE users ADD COLUMN currency text;
