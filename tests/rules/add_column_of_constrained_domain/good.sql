ALTER TABLE users ADD COLUMN credit integer;
