DO $$ BEGIN EXECUTE 'ALTER TABLE orders ADD COLUMN hidden int'; END $$;
