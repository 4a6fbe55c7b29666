ALTER TABLE orders ALTER COLUMN price TYPE numeric(12, 2);
ALTER TABLE orders ALTER COLUMN note TYPE varchar(100);
