ALTER TABLE users ADD COLUMN credit positive_amount;
