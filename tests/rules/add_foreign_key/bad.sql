ALTER TABLE orders ADD CONSTRAINT orders_strategy_id_fkey FOREIGN KEY (strategy_id) REFERENCES strategies (id);

-- case
-- schema: unknown
ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY(user_id) REFERENCES users (id);
