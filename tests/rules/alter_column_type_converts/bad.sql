ALTER TABLE orders ALTER COLUMN side_code TYPE integer USING CASE side_code WHEN 'B' THEN 1 ELSE -1 END;
