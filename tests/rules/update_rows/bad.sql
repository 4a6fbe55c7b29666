UPDATE orders SET side = 'buy' WHERE side_code = 'B';
