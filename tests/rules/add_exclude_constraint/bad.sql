ALTER TABLE orders ADD CONSTRAINT orders_symbol_excl EXCLUDE USING btree (symbol WITH =);
