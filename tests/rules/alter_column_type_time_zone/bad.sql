-- remains: the conversion stays, in a time zone that is written down
ALTER TABLE orders ALTER COLUMN placed_at TYPE timestamptz;
