ALTER TABLE kits ADD COLUMN source text;
