CREATE INDEX CONCURRENTLY orders_wide_idx ON orders (user_id, symbol, side, quantity, price);
