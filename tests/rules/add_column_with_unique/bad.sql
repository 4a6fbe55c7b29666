ALTER TABLE orders ADD COLUMN client_reference text UNIQUE;
