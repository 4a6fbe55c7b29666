ALTER TABLE orders ALTER COLUMN note TYPE varchar USING note::varchar;
