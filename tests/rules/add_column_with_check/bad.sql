ALTER TABLE orders ADD COLUMN discount integer DEFAULT 0 CHECK (discount >= 0);
